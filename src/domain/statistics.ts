/** What a public site says of a seat. */
export interface SeatStatistic {
  readonly lastNotarisation?: { readonly coin: string; readonly at: string } | undefined;
  /** By the rules of the season; the site's own. */
  readonly score?: number | undefined;
  /** Among the seats of its region, from 1. */
  readonly rank?: number | undefined;
}

/** What a source of statistics says of a seat, and how old that is. */
export interface StatisticsReading {
  /** The site's host. */
  readonly site: string;
  /** When it was read; undefined while it never was. */
  readonly readAt?: Date | undefined;
  /** Since when it cannot be read. */
  readonly failingSince?: Date | undefined;
  /** So old that it says nothing of now. */
  readonly isOld: boolean;
  /** Undefined where the site does not know the seat. */
  readonly said?: SeatStatistic | undefined;
}

/** The public sites' word on seats, as the process that leads read it last: nobody waits for a site. */
export interface Statistics {
  /** One for each source of the fleet file. */
  of(seat: string): Promise<readonly StatisticsReading[]>;
}
