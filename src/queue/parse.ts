import type { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';
import { pathName } from '#src/domain/path.ts';

/** The data of a job. Throws UserError naming every fault by its path: such a job fails at once and stays readable. */
export function parseJob<Schema extends z.ZodType>(schema: Schema, data: unknown): z.infer<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${pathName(path) || 'data'}: ${message}`);
  throw new UserError(faults.join('; '));
}
