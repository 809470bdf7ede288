// Money and minutes as text. Money comes from the core in cents of a US dollar.
import { count } from "./format";
import { numberFormat } from "./locale";

/** "$0.62", "$1,284.00". */
export function dollars(cents: number): string {
  const sign = cents < 0 ? "-" : "";
  const amount = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(Math.abs(cents) / 100);
  return `${sign}$${amount}`;
}

/** "3,540 minutes", "1 minute". */
export function minutes(n: number): string {
  const whole = Math.round(n);
  return `${count(whole)} ${whole === 1 ? "minute" : "minutes"}`;
}
