// Alerts and their rules, in the mock.
import type { AlertDto, AlertMetricDto, AlertRuleDto, AlertRuleInput } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers } from "./world";

const DAY = 24 * 60 * MINUTE;

const METRICS: AlertMetricDto[] = [
  {
    name: "failure_share",
    label: "Share of recordings that fail",
    unit: "percent",
    default: 5,
    lowest: 0,
    highest: 99,
    explanation: "Counted over the last 20 recordings, so that one bad day is no alarm.",
  },
  {
    name: "not_watchable",
    label: "Minutes until a video can be watched",
    unit: "minutes",
    default: 15,
    lowest: 1,
    highest: 1440,
    explanation: "Counted from the end of the recording.",
  },
  {
    name: "storage_share",
    label: "Share of the storage in use",
    unit: "percent",
    default: 80,
    lowest: 1,
    highest: 100,
    explanation: "The minutes stored at Stream against the minutes that are paid for.",
  },
];

function nameOf(metric: string, threshold: number | null): string {
  if (metric === "failure_share") return `More than ${String(threshold)} % of recordings fail`;
  if (metric === "not_watchable") return `A video is later than ${String(threshold)} min`;
  return `Storage is over ${String(threshold)} %`;
}

function brought(metric: AlertMetricDto): AlertRuleDto {
  return {
    id: metric.name,
    metric: metric.name,
    name: nameOf(metric.name, metric.default),
    explanation: metric.explanation,
    unit: metric.unit,
    threshold: metric.default,
    closes_at: metric.name === "storage_share" ? 78 : null,
    for_minutes: 0,
    clears_after_minutes: metric.name === "storage_share" ? 60 : 0,
    channels: [
      { channel: "desktop", after_minutes: 0 },
      { channel: metric.name === "not_watchable" ? "slack" : "email", after_minutes: 0 },
    ],
    repeat_minutes: null,
    is_on: true,
    is_own: false,
    may_turn_off: true,
    breaks_quiet: false,
    is_open: metric.name === "storage_share",
    last: null,
  };
}

export function alerts() {
  const now = Date.now();
  let rules = METRICS.map(brought);
  const open: AlertDto[] = [
    {
      id: fakeId(9, 1),
      rule: "storage_share",
      title: "Storage is over 80 %",
      detail: "81040 of 100000 minutes are used.",
      next: "Empty the bin, archive what nobody watches, or buy storage.",
      severity: "warning",
      since: iso(now - 24 * DAY),
      until: null,
      acknowledged_at: null,
      snoozed_until: null,
      told: [{ channel: "desktop", to: "this computer", at: iso(now - 24 * DAY), state: "shown" }],
      closes: "closes by itself when below 78 % for an hour",
      affected: [],
      affected_total: 0,
      held_back: 0,
      go_to: "storage",
    },
  ];

  const missing = (what: string): never => fail("not_found", `There is no such ${what}.`, "Open the list again.");
  const findAlert = (id: string) => open.find((alert) => alert.id === id) ?? missing("alert");
  const findRule = (id: string) => rules.find((rule) => rule.id === id) ?? missing("rule");
  const put = (rule: AlertRuleDto): AlertRuleDto => {
    const known = rules.some((other) => other.id === rule.id);
    rules = known ? rules.map((other) => (other.id === rule.id ? rule : other)) : [...rules, rule];
    return rule;
  };
  const saved = ({ id, ...asked }: AlertRuleInput): AlertRuleDto => {
    const metric = METRICS.find((known) => known.name === asked.metric) ?? missing("metric");
    const before = id === null ? { ...brought(metric), id: fakeId(9, 100 + rules.length), is_own: true } : findRule(id);
    return { ...before, ...asked, name: nameOf(asked.metric, asked.threshold), is_open: id !== null && before.is_open };
  };

  return {
    alerts_list: () => ({ open, closed: [] }),
    alert_acknowledge: ({ id }) => Object.assign(findAlert(id), { acknowledged_at: iso(Date.now()) }),
    alert_snooze: ({ id, minutes }) =>
      Object.assign(findAlert(id), { snoozed_until: iso(Date.now() + minutes * MINUTE) }),
    alert_unsnooze: ({ id }) => Object.assign(findAlert(id), { snoozed_until: null }),
    alert_rules: () => rules,
    alert_rule_save: ({ rule }) => put(saved(rule)),
    alert_rule_delete: ({ id }) => {
      findRule(id);
      rules = rules.filter((rule) => rule.id !== id);
      return null;
    },
    alert_rule_reset: ({ id }) => put(brought(METRICS.find((metric) => metric.name === id) ?? missing("rule"))),
    alert_rule_test: ({ id }) =>
      findRule(id).channels.map(({ channel }) => ({ channel, to: channel, at: iso(Date.now()), state: "sent" })),
    alert_metrics: () => METRICS,
  } satisfies Partial<Answers>;
}
