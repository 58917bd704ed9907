import { writeFile } from 'node:fs/promises';

interface Entry {
  readonly url: string;
  readonly token?: string | undefined;
  /** PEM of the authority that the cluster's certificate is of. */
  readonly ca?: string | undefined;
  readonly skipsVerify?: boolean | undefined;
  /** Of the user, in place of a token. */
  readonly user?: object | undefined;
  readonly file: string;
}

/** Writes a kubeconfig with one context, `test`; JSON is YAML. */
export async function kubeconfigFor({ url, token, ca, skipsVerify, user, file }: Entry): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'cluster',
        cluster: {
          server: url,
          ...(ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
          ...(skipsVerify && { 'insecure-skip-tls-verify': true }),
        },
      },
    ],
    users: [{ name: 'tocsin', user: user ?? { token } }],
    contexts: [{ name: 'test', context: { cluster: 'cluster', user: 'tocsin' } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
