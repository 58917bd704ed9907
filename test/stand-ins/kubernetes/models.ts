import * as models from '@kubernetes/client-node';

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

export const modelOf = (type: string): Model | undefined =>
  (models as unknown as Readonly<Record<string, Model | undefined>>)[type];

/** Where an object has keys that the published API (Kubernetes 1.36, by the client's models) does not know. */
export function unknownKeys(value: unknown, type: string, path = ''): readonly string[] {
  const [, item] = /^Array<(.*)>$/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((one, index) => unknownKeys(one, item, `${path}[${index}]`));
  }
  const [, entry] = /^\{ \[key: string\]: (.*); \}$/.exec(type) ?? [];
  if (entry !== undefined)
    return Object.entries(value as object).flatMap(([key, one]) => unknownKeys(one, entry, `${path}.${key}`));
  const model = modelOf(type);
  if (!model?.getAttributeTypeMap) {
    const primitive = ['string', 'number', 'boolean'].find((name) => name === type);
    return primitive !== undefined && typeof value !== primitive ? [`${path} is no ${type}`] : [];
  }
  if (typeof value !== 'object' || value === null) return [`${path} is no ${type}`];
  const known = new Map(model.getAttributeTypeMap().map(({ baseName, type: of }) => [baseName, of]));
  return Object.entries(value).flatMap(([key, one]) => {
    const of = known.get(key);
    return of === undefined ? [`${path}.${key}`] : unknownKeys(one, of, `${path}.${key}`);
  });
}
