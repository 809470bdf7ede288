// The mock's answers to the checks before a class.
import type { PreflightCheckDto, PreflightDto, PreflightState } from "../bindings";
import { iso } from "./scenario";
import type { Answers, World } from "./world";

const PASSED: [name: string, label: string, sentence: string][] = [
  ["token", "API token", "Active."],
  ["app", "RealtimeKit app", "“Hajime”."],
  ["presets", "Presets", "They fit."],
  ["recording", "Recording", "On, 1080p."],
  ["stream", "Stream", "Takes videos."],
  ["storage", "Storage", "Room for 316 hours."],
  ["signing_key", "Link key", "Works."],
  ["join_page", "Join page", "Opens from outside."],
  ["people", "People", "All 24 have a link."],
  ["other_class", "Other classes", "None is live."],
  ["network", "Network", "42 ms to Cloudflare and back. Upload not measured."],
  ["clock", "Clock", "Right."],
  ["disk", "Disk", "212 GB free."],
];
/** The states of a check, the harmless ones first. */
const SEVERITY: readonly PreflightState[] = ["ok", "unknown", "attention", "blocking"];

export function preflight(world: World) {
  const found = new Map<string | null, PreflightDto>();

  function changed(check: PreflightCheckDto): PreflightCheckDto {
    if (world.scenario === "offline") {
      if (check.name === "network")
        return {
          ...check,
          state: "blocking",
          sentence: "api.cloudflare.com cannot be reached. Check the network.",
          fix: "check_again",
        };
      if (check.name === "disk" || check.name === "other_class" || check.name === "people") return check;
      return { ...check, state: "unknown", sentence: "There was no answer within 6 s.", fix: "check_again" };
    }
    if (check.name === "people" && world.scenario === "many")
      return { ...check, state: "attention", sentence: "V. Kovac has no link yet.", fix: "people" };
    if (check.name === "storage" && world.scenario === "failures")
      return {
        ...check,
        state: "attention",
        sentence:
          "Stream has room for 12 minutes and the class is 60 minutes long. Its recording would wait at RealtimeKit, for seven days at most. Free minutes in Stream, or buy some.",
        fix: "recordings",
      };
    return check;
  }
  return {
    preflight_last: ({ sessionId }) => found.get(sessionId) ?? null,
    preflight_run: ({ sessionId }) => {
      const made = PASSED.map(([name, label, sentence]): PreflightCheckDto =>
        changed({ name, label, state: "ok", sentence, fix: null }),
      );
      const checks = made.toSorted((a, b) => SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state));
      const state = checks.at(-1)?.state ?? "unknown";
      const result: PreflightDto = { session_id: sessionId, checked_at: iso(Date.now()), state, checks };
      found.set(sessionId, result);
      return result;
    },
  } satisfies Partial<Answers>;
}
