// The mock's answers to the commands about the state of the desk, what support may read, and the report of a month.
import type { ConnectionDto, DeskStatusDto, ReportDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const SECOND = 1_000;
const DIAGNOSTICS = [
  "Diagnostics of Hajime. Names, addresses and ids were left out.",
  "",
  "## Desk",
  "hajime: 0.1.0",
  "system: linux x86_64",
  "",
].join("\n");

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function healthDesk(world: World, scenario: string) {
  const { store } = world;
  let mailed = false;

  const connection = (name: string, label: string, given: Partial<ConnectionDto>): ConnectionDto => ({
    name,
    label,
    state: "ok",
    milliseconds: null,
    at: iso(Date.now() - 4 * SECOND),
    detail: "",
    ...given,
  });
  const offline = { state: "failing", milliseconds: null, detail: "Cloudflare cannot be reached." } as const;

  function status(): DeskStatusDto {
    const cut = scenario === "offline";
    return {
      connections: [
        connection("realtimekit", "RealtimeKit", cut ? offline : { milliseconds: 38 }),
        connection("stream", "Stream", cut ? offline : { milliseconds: 44 }),
        connection("webhook", "The webhook to api.harbourdojo.example", { at: iso(Date.now() - 9 * MINUTE) }),
        connection("email", "E-mail", { state: "unknown", at: null }),
        connection("slack", "Slack", { state: "off", at: null }),
      ],
      budget_used: 61,
      budget_limit: 1_200,
      budget_minutes: 5,
      clock_off_seconds: cut ? null : 0.4,
      database_bytes: 21_400_000,
      database_checked_at: iso(Date.now() - 6 * 60 * MINUTE),
      database_ok: true,
      version: "0.1.0",
      worker: {
        kind: "window",
        is_this: true,
        since: iso(Date.now() - 3 * 60 * MINUTE),
        words: "This window runs the background jobs.",
      },
    };
  }

  /** The months with a report, the newest first. */
  function months(): string[] {
    if (store.recordings.length === 0 && store.sessions.length === 0) return [];
    const now = new Date();
    const month = (back: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return [0, 1, 2].map((back) => month(back).toISOString().slice(0, 7));
  }

  function report(month: string): ReportDto {
    if (!MONTH.test(month)) fail("invalid_input", `“${month}” is no month.`, "Write it as 2026-10.");
    const title = `Live classes in ${month}`;
    const html = `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
    return { month, html, csv: "\ufeffmonth,figure,value,goal,met,counted\r\n" };
  }

  return {
    desk_health: status,
    job_run: ({ name }) => {
      if (!/^[a-z_]+$/.test(name)) fail("not_found", `There is no job ${name}.`, "Choose one from the list.");
      return null;
    },
    diagnostics: () => ({ text: DIAGNOSTICS, bytes: DIAGNOSTICS.length }),
    diagnostics_copy: () => null,
    service_status: () => ({
      installed: false,
      running: false,
      manager: "systemd",
      words:
        "No service watches on this computer. Install one from a terminal: hajime-cli service install. " +
        "This window runs the background jobs.",
    }),
    report_months: months,
    report: ({ month }) => report(month),
    report_save: ({ month, format }) => `/home/berg/Documents/Hajime report ${report(month).month}.${format}`,
    report_open: ({ month }) => {
      report(month);
      return null;
    },
    report_mail: () => mailed,
    report_mail_set: ({ on }) => {
      mailed = on;
      return null;
    },
    class_print_open: ({ session }) => {
      world.findSession(session);
      return null;
    },
  } satisfies Partial<Answers>;
}
