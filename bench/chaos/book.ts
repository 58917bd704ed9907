/** One time that an alert fired: a message of its own, everywhere it goes. */
export interface Episode {
  readonly number: number;
  /** Shown in the message, and nowhere else. */
  readonly token: string;
  /** When 202 was said. */
  acceptedAt: number | undefined;
  /** When 202 was said of its end. */
  overAt: number | undefined;
  /** The operator whose acknowledgement was answered "You acknowledged it." */
  acknowledgedBy: string | undefined;
}

export interface Fired {
  readonly name: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly room: string;
  /** Of its seat; hears of it directly when it is critical. */
  readonly operator: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly episodes: Episode[];
  id: string | undefined;
}

/** What the run did and was promised, to be compared with what is seen outside. */
export interface Book {
  readonly alerts: Fired[];
  notice: { id: string | undefined; sent: boolean; readonly subject: string; readonly answered: Set<number> };
  readonly count: Record<
    'requests' | 'kills' | 'early' | 'both' | 'pauses' | 'redisKills' | 'outages',
    number
  >;
  /** Faults that struck, by kind. */
  readonly faults: Map<string, number>;
  /** Producers and people who are not done yet. */
  busy: number;
}

export const createBook = (): Book => ({
  alerts: [],
  notice: { id: undefined, sent: false, subject: 'Chaos 1.0', answered: new Set() },
  count: { requests: 0, kills: 0, early: 0, both: 0, pauses: 0, redisKills: 0, outages: 0 },
  faults: new Map(),
  busy: 0,
});

/** An accepted episode, and where its message must be. */
export interface Due {
  readonly alert: Fired;
  readonly episode: Episode;
}
