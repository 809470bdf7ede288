import { pageState } from "../page";

export type Period = 7 | 30 | 90 | 365;

/** What the figures of Health are about. It is kept while other views are on show. */
export class HealthPosition {
  days = $state<Period>(30);
  /** The instructor whose classes count; null for everyone. */
  instructor = $state<string | null>(null);
  /** The id of the series whose classes count; null for all classes. */
  series = $state<string | null>(null);
}

export const healthPosition = pageState("health position", () => new HealthPosition());
