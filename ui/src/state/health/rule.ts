import type { AlertRuleDto, AlertRuleInput } from "../../ipc/client";

/** What is sent to save a rule as it is. */
export function inputOf(rule: AlertRuleDto): AlertRuleInput {
  const { id, metric, threshold, closes_at, for_minutes, clears_after_minutes, channels, repeat_minutes, is_on } = rule;
  return { id, metric, threshold, closes_at, for_minutes, clears_after_minutes, channels, repeat_minutes, is_on };
}
