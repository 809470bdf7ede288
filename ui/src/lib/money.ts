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

/** "81 %"; "99.7 %" where the whole number would say 100 although it is less. */
export function percent(share: number): string {
  const whole = Math.round(share * 100);
  if (whole === 100 && share < 1)
    return `${numberFormat({ maximumFractionDigits: 1 }).format(Math.floor(share * 1000) / 10)} %`;
  return `${count(whole)} %`;
}
