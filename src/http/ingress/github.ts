import { createHmac } from 'node:crypto';

import { z } from 'zod';

import { GithubRelease, GithubRepository, publicationOf } from '#src/domain/publication.ts';
import { isSame } from '#src/http/bearer.ts';
import { Refusal } from '#src/http/refusal.ts';
import type { Ingress } from '#src/http/ingress.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#release */
const Published = z.object({ release: GithubRelease, repository: GithubRepository });

/** A pre-release that becomes a release is only `released`, any other release is both. */
const ACTIONS: readonly string[] = ['published', 'released'];

/** A release becomes the draft of a notice; whether it is mandatory, and until when, a coordinator says. */
export const github: Ingress = {
  name: 'github',
  path: '/github',
  guard: 'signature',
  content: 'json',
  yields: true,
  async take(call, { publications, githubSecret }) {
    checkSignature(call.raw, call.header('x-hub-signature-256'), githubSecret);
    const event = call.header('x-github-event') ?? '';
    if (event !== 'release') return { status: 202, body: { ignored: event || 'no event' } };
    const { action } = call.body(z.object({ action: z.string() }));
    if (!ACTIONS.includes(action)) return { status: 202, body: { ignored: `release ${action}` } };
    const { release, repository } = call.body(Published);
    if (release.draft) return { status: 202, body: { ignored: 'release draft' } };
    const of = { id: repository.id, fullName: repository.full_name };
    const { id, state } = await publications.take(publicationOf(release, of));
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
