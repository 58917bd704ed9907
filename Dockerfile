# Tocsin needs no build step: Node 24 runs the TypeScript as it is.
#   docker build -t tocsin .
# It needs a Redis of its own beside it (REDIS_URL): see docker-compose.yml.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY shims ./shims
# The optional packages are Node itself, which the image has, and a faster form of one that is there.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    DATA_DIR=/data \
    NODE_COMPILE_CACHE=/data/.compiled \
    FLEET_FILE=/fleet/fleet.yaml
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY shims ./shims
COPY package.json LICENSE fleet.example.yaml ./
COPY commands ./commands
COPY src ./src
COPY docs/alerts ./docs/alerts
COPY deploy/node ./deploy/node
RUN install -d -o node -g node -m 700 /data && install -d -o node -g node /fleet
USER node
VOLUME /data
EXPOSE 8080
# For a process with the role web; one without it needs --no-healthcheck.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1: it takes SIGTERM and ends within five seconds.
# The flags keep resident memory down: without it a burst leaves the process at twice its size (bench/README.md).
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=25", "src/main.ts"]
