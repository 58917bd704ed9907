/** What a service would answer. */
export interface Served {
  readonly status: number;
  readonly body: Buffer;
}

/** A request as the service would see it; which of them are there depends on the kind. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

/** In place of sockets. */
export type Serve = (asked: Asked) => Served;

/** As HTTP clients read it. */
export const textOf = (body: Buffer): string => body.toString().replace(/^\ufeff/, '');
