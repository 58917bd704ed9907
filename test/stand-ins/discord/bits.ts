/** Bit fields are enums in Discord's types, though sums of bits are no members of them; this says so once. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's field decides
export function bits<Flags extends number>(value: number): Flags {
  return value as Flags;
}
