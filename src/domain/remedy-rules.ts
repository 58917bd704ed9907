/** Whether Tocsin asks for a remedy by itself when an alert offers it. */
export interface ProposalRule {
  /** Only for these alerts; left out = for every alert that offers it. */
  readonly alerts?: readonly string[] | undefined;
  /** No second proposal of it for the same service within this time, counted from the end of the last run. */
  readonly coolDownMs: number;
}

/** What must be left of the network while a remedy takes a seat out of signing. */
export interface GuardRules {
  /** Seats that must be able to sign: dPoW needs 13 of its 64. Holds where the fleet has more seats than that. */
  readonly minSeats: number;
  /** The share of the seats that may be unable to sign at once; one seat always may. */
  readonly maxShareDown: number;
  /** Remedies that take a seat out of signing, at once in one region. */
  readonly perRegion: number;
}

/** How remedies are decided on, proposed and guarded: rules of the network, in the fleet file. */
export interface RemedyRules {
  /** Who alone holds a seat may approve the own request of low risk after so long; left out = never. */
  readonly emergencyAfterMs?: number | undefined;
  /** By the remedy's id; what is not here is offered as a button only. */
  readonly propose: Readonly<Record<string, ProposalRule>>;
  readonly guard: GuardRules;
}

export const DEFAULT_COOL_DOWN_MS = 6 * 3_600_000;

export const DEFAULT_REMEDY_RULES: RemedyRules = {
  propose: {},
  guard: { minSeats: 13, maxShareDown: 0.2, perRegion: 1 },
};
