/** A piece of a line: plain, or marked. */
export type Span =
  | { readonly kind: 'plain' | 'code' | 'strong'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly to: string };

export type Passage =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'words'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Span[])[] };

/** What is known of an alert: its meaning, how to confirm it by hand, what to do. */
export interface Runbook {
  readonly title: string;
  readonly passages: readonly Passage[];
}

/** The pages of docs/alerts, by their names: an alert's is its alertname. */
export type Runbooks = ReadonlyMap<string, Runbook>;

/** Where Tocsin's own page serves them. */
export const RUNBOOK_PATH = '/docs/alerts';
