/** What a metric is, as /metrics introduces it and docs/metrics.md lists it. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** Labels as they stand in braces; those without a value are left out, which Prometheus takes to be the same as empty. */
export const labelsText = (labels: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(labels)
    .flatMap(([name, value]) =>
      value ? [`${name}="${value.replaceAll(/[\\"\n]/g, (sign) => ESCAPES[sign] ?? sign)}"`] : [],
    )
    .join(',');

/** A family of gauges in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const gaugeText = ({ name, help }: Family, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
