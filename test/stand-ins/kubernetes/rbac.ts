/** A rule of a Role; https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[] | undefined;
  readonly verbs: readonly string[];
}

export interface Attempt {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly name?: string | undefined;
}

const holds = (words: readonly string[], word: string): boolean =>
  words.includes('*') || words.includes(word);

/** Rules only ever allow: one that fits is enough. */
export const isAllowed = (rules: readonly Rule[], { verb, group, resource, name }: Attempt): boolean =>
  rules.some(
    (rule) =>
      holds(rule.verbs, verb) &&
      holds(rule.apiGroups, group) &&
      holds(rule.resources, resource) &&
      (!rule.resourceNames || (name !== undefined && rule.resourceNames.includes(name))),
  );
