/** Kinds of things that can be suggested while a person types. */
export const SUGGESTS = [
  'node',
  'seat',
  'coin',
  'service',
  'alert',
  'notice',
  'remedy',
  'request',
  'silence',
  'team',
  'operator',
  /** A node, a seat or a coin. */
  'subject',
  /** An alert that fires or a notice that was sent. */
  'acknowledgeable',
  /** A request that waits for its approval, a drafted notice, or an account that is to be linked. */
  'decidable',
  /** A request that waits, is approved or runs. */
  'cancellable',
] as const;
export type Suggest = (typeof SUGGESTS)[number];

/** One argument of a command. */
export interface Parameter {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean | undefined;
  /** Typed as name=value or --name value, never by its place; with one value only, --name is enough. */
  readonly named?: boolean | undefined;
  /** Takes all words that are left. At most one, the last. */
  readonly rest?: boolean | undefined;
  readonly oneOf?: readonly string[] | undefined;
  readonly suggest?: Suggest | undefined;
}

/** A subcommand. */
export interface Action {
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
}

/** A command as people see it: what slash commands, help and docs are made from. */
export interface Menu {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** Its answer is for the asker's eyes only, where the platform can do that. */
  readonly private: boolean;
  /** Of a command without actions. */
  readonly parameters: readonly Parameter[];
  /** Subcommands; empty for a plain command. */
  readonly actions: readonly Action[];
}
