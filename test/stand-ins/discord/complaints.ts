import { Refusal } from './refusal.ts';

type Step = string | number;
interface Complaint {
  readonly path: readonly Step[];
  readonly code: string;
  readonly message: string;
}

/** What is wrong with a form, gathered in Discord's nested `errors` shape (50035). */
export interface Complaints {
  readonly any: boolean;
  at(...path: Step[]): Complaints;
  add(code: string, message: string): void;
  /** Ends the request with 50035 when anything was complained about. */
  settle(): void;
}

export function createComplaints(): Complaints {
  const found: Complaint[] = [];
  const under = (prefix: readonly Step[]): Complaints => ({
    get any() {
      return found.length > 0;
    },
    at: (...path) => under([...prefix, ...path]),
    add: (code, message) => void found.push({ path: prefix, code, message }),
    settle() {
      if (found.length > 0) throw new Refusal(400, 50035, 'Invalid Form Body', nest(found));
    },
  });
  return under([]);
}

interface Nest {
  [key: string]: Nest | { code: string; message: string }[];
}

function nest(complaints: readonly Complaint[]): Nest {
  const root: Nest = {};
  for (const { path, code, message } of complaints) {
    let here = root;
    for (const step of path) here = (here[String(step)] ??= {}) as Nest;
    ((here['_errors'] ??= []) as { code: string; message: string }[]).push({ code, message });
  }
  return root;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object's fields; anything else reads as an object without any. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface TextRule {
  readonly min?: number;
  readonly max: number;
  readonly required?: boolean;
}

/** Complains unless the value is a text within the lengths; null counts as absent. */
export function checkText(at: Complaints, value: unknown, rule: TextRule): void {
  const min = rule.min ?? 0;
  if (value === undefined || value === null) {
    if (rule.required) at.add('BASE_TYPE_REQUIRED', 'This field is required');
  } else if (typeof value !== 'string') {
    at.add('STRING_TYPE_CONVERT', `Could not interpret ${JSON.stringify(value)} as string.`);
  } else if (value === '' && min > 0) {
    at.add('BASE_TYPE_REQUIRED', 'This field is required');
  } else if (min > 1 || (min > 0 && lengthOf(value) > rule.max)) {
    if (lengthOf(value) < min || lengthOf(value) > rule.max) badLength(at, min, rule.max);
  } else if (lengthOf(value) > rule.max) {
    at.add('BASE_TYPE_MAX_LENGTH', `Must be ${rule.max} or fewer in length.`);
  }
}

/** Complains unless the list, when there is one, has a length within the bounds. */
export function checkCount(at: Complaints, value: unknown, min: number, max: number): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) {
    at.add('LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  } else if (min > 0 && (value.length < min || value.length > max)) {
    badLength(at, min, max);
  } else if (value.length > max) {
    at.add('BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  }
}

export function badLength(at: Complaints, min: number, max: number): void {
  at.add('BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
}

/** Discord counts code points, not UTF-16 units. */
export function lengthOf(text: unknown): number {
  return typeof text === 'string' ? Array.from(text).length : 0;
}
