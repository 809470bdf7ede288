// Amounts of money as they are typed.

/** The largest amount that a field takes, in cents. */
const AMOUNT_MAX = 100_000_000;

/** The cents as they stand in a field: "40", "40.50"; fractions of a cent stay. */
export function amountOf(cents: number | null): string {
  if (cents === null) return "";
  const amount = cents / 100;
  return Number.isInteger(amount) ? String(amount) : String(Number(amount.toFixed(4))).replace(/\.(\d)$/, ".$10");
}

/** The cents of a typed amount in dollars, with a point or a comma; undefined if it is none. */
export function typedAmount(text: string): number | undefined {
  const written = text.trim().replace(/^\$\s*/, "");
  if (!/^\d{1,9}([.,]\d{1,4})?$/.test(written)) return undefined;
  const cents = Math.round(Number(written.replace(",", ".")) * 10_000) / 100;
  return cents <= AMOUNT_MAX ? cents : undefined;
}
