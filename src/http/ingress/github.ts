import { createHmac } from 'node:crypto';

import { z } from 'zod';

import { Announcement } from '#src/domain/notice.ts';
import { isSame } from '#src/http/bearer.ts';
import { Refusal } from '#src/http/refusal.ts';
import type { Ingress } from '#src/http/ingress.ts';
import { suggestionsIn } from '#src/http/release-text.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#release */
const Published = z.object({
  release: z.object({
    tag_name: z.string().min(1),
    name: z.string().nullish(),
    body: z.string().nullish(),
    html_url: z.url({ protocol: /^https?$/ }),
    draft: z.boolean().default(false),
    prerelease: z.boolean().default(false),
  }),
  repository: z.object({ full_name: z.string().min(1).max(200) }),
});

const MOST_TEXT = 20_000;

/** A release becomes the draft of a notice; whether it is mandatory, and until when, a coordinator says. */
export const github: Ingress = {
  name: 'github',
  path: '/github',
  guard: 'signature',
  content: 'json',
  yields: true,
  async take(call, { notices, githubSecret }) {
    checkSignature(call.raw, call.header('x-hub-signature-256'), githubSecret);
    const event = call.header('x-github-event') ?? '';
    if (event !== 'release') return { status: 202, body: { ignored: event || 'no event' } };
    const { action } = call.body(z.object({ action: z.string() }));
    if (action !== 'published') return { status: 202, body: { ignored: `release ${action}` } };
    const published = call.body(Published);
    if (published.release.draft) return { status: 202, body: { ignored: 'release draft' } };
    const from = `github:${published.repository.full_name}`;
    const { id, state } = await notices.draft(announcementOf(published), from);
    return { status: 202, body: { id, state } };
  },
};

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
function checkSignature(raw: Buffer, given: string | undefined, secret: string | undefined): void {
  if (secret === undefined) {
    throw new Refusal(401, 'GITHUB_WEBHOOK_SECRET is not set here, so no signature can be checked.');
  }
  const right = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
  if (!isSame(given ?? '', right)) throw new Refusal(401, 'The signature is not that of this body.');
}

function announcementOf({ release, repository }: z.infer<typeof Published>): Announcement {
  const title = release.name && release.name !== release.tag_name ? `${release.name}\n` : '';
  const body = release.body ?? '';
  const suggestions = suggestionsIn(body, release.prerelease);
  const seen = suggestions.map((words) => `• ${words}\n`).join('');
  const head = seen && `Read from the release, for you to confirm:\n${seen}\n`;
  return Announcement.parse({
    subject: `${repository.full_name} ${release.tag_name}`.slice(0, 200),
    version: release.tag_name.trim().slice(0, 100) || undefined,
    severity: 'recommended',
    url: release.html_url.length <= 2_000 ? release.html_url : undefined,
    text: `${head}${title}${body}`.slice(0, MOST_TEXT),
  });
}
