import { z } from 'zod';

/** A web address without a slash at its end; credentials and fragments are refused. */
export const httpUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash) {
    return url.href.replace(/\/+$/, '');
  }
  const why = url?.username || url?.password ? 'must not hold a user or a password' : 'must be a web address';
  context.addIssue({ code: 'custom', message: `${why}, like https://example.org` });
  return z.NEVER;
});

/** A secret that can stand in an HTTP header. */
export const secret = z.string().regex(/^[\x21-\x7e]+$/, 'must be one word of plain ASCII characters');
