type Labels = Readonly<Record<string, string>>;

/** Commas that stand between requirements, not within the brackets of one. */
const BETWEEN = /,(?![^(]*\))/;

/** Whether labels fit a selector as list calls take it; throws for one that is not. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function fits(labels: Labels, selector: string): boolean {
  return selector
    .split(BETWEEN)
    .filter((part) => part.trim() !== '')
    .every((part) => fitsOne(labels, part.trim()));
}

function fitsOne(labels: Labels, part: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
  if (set) {
    const [, key = '', operator, words = ''] = set;
    const has = words
      .split(',')
      .map((word) => word.trim())
      .includes(labels[key] ?? '\0');
    return operator === 'in' ? has : !has;
  }
  const equal = /^([\w./-]+)\s*(=|==|!=)\s*([\w.-]*)$/.exec(part);
  if (equal) return (labels[equal[1] ?? ''] === equal[3]) === (equal[2] !== '!=');
  if (/^!?[\w./-]+$/.test(part)) return part.startsWith('!') ? !(part.slice(1) in labels) : part in labels;
  throw new Error(`unable to parse requirement: ${part}`);
}
