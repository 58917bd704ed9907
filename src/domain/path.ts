export type Path = readonly PropertyKey[];

/** As in `nodes[0].services[1].coin`. */
export const pathName = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
