// The mock's alerts and rules.
import type { AlertDto, AlertMetricDto, AlertRuleDto, AlertRuleInput, ToldDto } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const METRICS: readonly AlertMetricDto[] = [
  { name: "failure_share", label: "Share of recordings that fail", unit: "percent", default: 5, lowest: 1, highest: 100, explanation: "Counted over 20 classes, so that one bad day is no alarm." },
  { name: "late_video", label: "A video that is late", unit: "minutes", default: 15, lowest: 5, highest: 1440, explanation: "From the end of the class." },
  { name: "storage_share", label: "Storage in use", unit: "percent", default: 80, lowest: 1, highest: 100, explanation: "Stored minutes of those that were bought." },
  { name: "unproven", label: "A live class without proof of recording", unit: "", default: 0, lowest: 0, highest: 0, explanation: "People are in the room and Cloudflare does not say that it records." },
  { name: "rescue", label: "A file that will be deleted", unit: "", default: 0, lowest: 0, highest: 0, explanation: "A class that is not in Stream yet; also in quiet hours." },
  { name: "key_age", label: "Age of a signing key", unit: "days", default: 180, lowest: 1, highest: 1000, explanation: "Counted from the day on which it was made." },
  { name: "job_failing", label: "A background job that fails", unit: "", default: 0, lowest: 0, highest: 0, explanation: "Every run of it fails." },
]; // prettier-ignore

function sentence(metric: string, threshold: number | null): string {
  switch (metric) {
    case "failure_share":
      return `More than ${threshold} % of recordings fail`;
    case "late_video":
      return `A video is later than ${threshold} min`;
    case "storage_share":
      return `Storage is over ${threshold} %`;
    case "key_age":
      return `A signing key is older than ${threshold} days`;
    default:
      return METRICS.find(({ name }) => name === metric)?.label ?? metric;
  }
}

function ruleOf(id: string, metric: string, more: Partial<AlertRuleDto> = {}): AlertRuleDto {
  const known = METRICS.find(({ name }) => name === metric);
  const threshold = more.threshold === undefined ? (known?.unit ? known.default : null) : more.threshold;
  return {
    id,
    metric,
    name: sentence(metric, threshold),
    explanation: known?.explanation ?? "",
    unit: known?.unit ?? "",
    threshold,
    closes_at: null,
    for_minutes: 0,
    clears_after_minutes: 0,
    channels: [{ channel: "desktop", after_minutes: 0 }],
    repeat_minutes: null,
    is_on: true,
    is_own: false,
    may_turn_off: true,
    breaks_quiet: false,
    is_open: false,
    last: null,
    ...more,
  };
}

function alertOf(n: number, title: string, detail: string, since: number, more: Partial<AlertDto> = {}): AlertDto {
  return {
    id: fakeId(7, n),
    rule: "storage_share",
    title,
    detail,
    next: "",
    severity: "warning",
    since: iso(since),
    until: null,
    acknowledged_at: null,
    snoozed_until: null,
    told: [],
    closes: null,
    affected: [],
    affected_total: 0,
    held_back: 0,
    go_to: null,
    ...more,
  };
}

export function healthAlerts({ scenario, store, nextNumber }: World) {
  const now = Date.now();
  const told = (channel: ToldDto["channel"], to: string, at: number): ToldDto => ({
    channel,
    to,
    at: iso(at),
    state: "sent",
  });
  const isEmpty = scenario === "empty";
  const waiting = store.recordings.filter((row) => row.status !== "READY").slice(0, 5);

  let open: AlertDto[] = [];
  if (scenario === "offline") {
    open = [
      alertOf(1, "No network", "Cloudflare has not answered for 11 min.", now - 11 * MINUTE, {
        next: "Check the network of this computer. Hajime goes on by itself.",
        severity: "critical",
        rule: "network",
        told: [told("desktop", "", now - 10 * MINUTE)],
        closes: "closes by itself when Cloudflare answers again",
        affected: waiting.map(({ id, title }) => ({ kind: "recording", id, title })),
        affected_total: 50,
        held_back: 31,
      }),
    ];
  } else if (!isEmpty) {
    open = [
      alertOf(2, "Storage is over 80 %", "81,040 of 100,000 minutes are used, 316 hours are left.", now - 24 * DAY, {
        told: [
          told("desktop", "", now - 24 * DAY),
          told("email", "T. Berg", now - 2 * DAY),
          told("email", "M. Ito", now - 2 * DAY),
        ],
        closes: "closes by itself when below 78 % for an hour",
        go_to: "storage",
        affected: waiting.map(({ id, title }) => ({ kind: "recording", id, title })),
        affected_total: waiting.length,
      }),
    ];
  }
  const closed = isEmpty
    ? []
    : [
        alertOf(3, "Two recordings failed: no storage left", "“Kobudo” and “Evening sparring” had the same cause, so it was told once.", now - 2 * DAY, { until: iso(now - 4 * HOUR), rule: "failure_share" }),
        alertOf(4, "A signing key is older than 180 days", "“Partner dojo”. A reminder only.", now - 2 * DAY, { until: iso(now - 2 * DAY + MINUTE), severity: "notice", rule: "key_age", affected: [{ kind: "key", id: "k", title: "Partner dojo" }], affected_total: 1 }),
        alertOf(5, "No network", "4 classes waited, none was lost.", now - 6 * DAY, { until: iso(now - 6 * DAY + 11 * MINUTE), held_back: 31, affected: [{ kind: "desk", id: "d", title: "This desk" }], affected_total: 1 }),
      ]; // prettier-ignore

  let rules: AlertRuleDto[] = [
    ruleOf("failure_share", "failure_share", { channels: [{ channel: "desktop", after_minutes: 0 }, { channel: "email", after_minutes: 15 }] }),
    ruleOf("late_video", "late_video", { channels: [{ channel: "desktop", after_minutes: 0 }, { channel: "slack", after_minutes: 0 }], last: isEmpty ? null : iso(now - 10 * DAY) }),
    ruleOf("storage_share", "storage_share", { closes_at: 78, clears_after_minutes: 60, repeat_minutes: 3 * 1440, channels: [{ channel: "desktop", after_minutes: 0 }, { channel: "email", after_minutes: 0 }], is_open: open.some((one) => one.go_to === "storage"), last: isEmpty ? null : iso(now - 24 * DAY) }),
    ruleOf("unproven", "unproven", { may_turn_off: store.live.length === 0, breaks_quiet: true, last: isEmpty ? null : iso(now - 19 * DAY) }),
    ruleOf("rescue", "rescue", { breaks_quiet: true, channels: [{ channel: "desktop", after_minutes: 0 }, { channel: "email", after_minutes: 0 }, { channel: "slack", after_minutes: 0 }] }),
    ruleOf("key_age", "key_age", { is_on: false }),
    ruleOf("job_failing", "job_failing", { for_minutes: 60 }),
  ]; // prettier-ignore

  function change(id: string, more: Partial<AlertDto>): AlertDto {
    const found = open.find((one) => one.id === id);
    if (!found) fail("not_found", "That alert is no longer open.", "Look at the closed alerts.");
    const next = { ...found, ...more };
    open = open.map((one) => (one.id === id ? next : one));
    return next;
  }
  function findRule(id: string): AlertRuleDto {
    return (
      rules.find((one) => one.id === id) ?? fail("not_found", "That rule is no longer there.", "Open the list again.")
    );
  }

  function save(input: AlertRuleInput): AlertRuleDto {
    const metric = METRICS.find(({ name }) => name === input.metric);
    if (!metric) return fail("invalid_input", "There is no such measure.", "Choose one of the list.");
    const refuse = (field: string, message: string): never =>
      fail("invalid_input", message, "Change the number.", [{ field, message, next: "Change the number." }]);
    const { threshold, closes_at } = input;
    if (threshold !== null && (threshold < metric.lowest || threshold > metric.highest))
      refuse("threshold", `Write a number from ${metric.lowest} to ${metric.highest}.`);
    if (threshold !== null && closes_at !== null && closes_at > threshold)
      refuse("closes_at", "It would close before it opens: write a number below the first.");
    const before = input.id === null ? undefined : findRule(input.id);
    const id = before?.id ?? fakeId(8, nextNumber());
    const { id: _, ...rest } = input;
    const next = ruleOf(id, input.metric, {
      ...before,
      ...rest,
      name: sentence(input.metric, threshold),
      is_own: before?.is_own ?? true,
    });
    rules = before ? rules.map((one) => (one.id === id ? next : one)) : [...rules, next];
    return next;
  }

  const NAMES: Record<string, string> = {
    desktop: "",
    email: "2 people",
    slack: "#recordings",
    webhook: "the receiver",
  };

  return {
    alerts_list: () => ({ open, closed }),
    alert_acknowledge: ({ id }) => change(id, { acknowledged_at: iso(Date.now()) }),
    alert_snooze: ({ id, minutes }) => change(id, { snoozed_until: iso(Date.now() + minutes * MINUTE) }),
    alert_unsnooze: ({ id }) => change(id, { snoozed_until: null }),
    alert_rules: () => rules,
    alert_rule_save: ({ rule }) => save(rule),
    alert_rule_delete: ({ id }) => {
      findRule(id);
      rules = rules.filter((one) => one.id !== id);
      return null;
    },
    alert_rule_reset: ({ id }) => {
      const { metric, is_on } = findRule(id);
      const usual = ruleOf(id, metric, { is_on });
      rules = rules.map((one) => (one.id === id ? usual : one));
      return usual;
    },
    alert_rule_test: ({ id }) =>
      findRule(id).channels.map(({ channel }) => told(channel, NAMES[channel] ?? "", Date.now())),
    alert_metrics: () => [...METRICS],
  } satisfies Partial<Answers>;
}
