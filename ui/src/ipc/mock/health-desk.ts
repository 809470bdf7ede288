// The mock's connections, jobs that run at once, diagnostics and monthly reports.
import type { ConnectionDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

export function healthDesk({ scenario, store }: World) {
  let mails = false;
  const connection = (name: string, label: string, milliseconds: number): ConnectionDto =>
    scenario === "offline"
      ? {
          name,
          label,
          state: "failing",
          milliseconds: null,
          at: iso(Date.now() - 11 * MINUTE),
          detail: "There is no network.",
        }
      : { name, label, state: "ok", milliseconds, at: iso(Date.now() - 4000), detail: "" };
  const months = () => [...new Set(store.recordings.map((row) => row.recorded_at.slice(0, 7)))].toSorted().toReversed();
  const needMonth = (month: string) => {
    if (!months().includes(month)) fail("not_found", `There is no report of ${month}.`, "Choose another month.");
  };

  return {
    desk_health: () => ({
      connections: [
        connection("realtimekit", "RealtimeKit", 38),
        connection("stream", "Stream", 44),
        connection("webhook", "Webhook to “api.harbourdojo.example”", 120),
        { name: "email", label: "E-mail", state: "off" as const, milliseconds: null, at: null, detail: "" },
      ],
      budget_used: 61,
      budget_limit: 1200,
      budget_minutes: 5,
      clock_off_seconds: 0.4,
      database_bytes: 21_400_000,
      database_checked_at: iso(Date.now() - 6 * 60 * MINUTE),
      database_ok: true,
      version: store.desk.version,
      worker: {
        kind: "window" as const,
        is_this: true,
        since: iso(Date.now() - 90 * MINUTE),
        words: "This window does the work.",
      },
    }),
    job_run: () => null,
    diagnostics: () => ({
      text: `Hajime ${store.desk.version}\nrecordings: ${store.recordings.length}\n`,
      bytes: 18_400,
    }),
    diagnostics_copy: () => null,
    service_status: () => ({
      installed: false,
      running: null,
      manager: "systemd",
      words: "No service is installed, so the work rests while this window is closed.",
    }),
    report_months: months,
    report: ({ month }) => {
      needMonth(month);
      return { month, html: `<!doctype html><title>Report ${month}</title>`, csv: "figure,value\r\n" };
    },
    report_save: ({ month, format }) => {
      needMonth(month);
      return `/home/you/Downloads/Hajime report ${month}.${format}`;
    },
    report_open: ({ month }) => {
      needMonth(month);
      return null;
    },
    report_mail: () => mails,
    report_mail_set: ({ on }) => {
      mails = on;
      return null;
    },
  } satisfies Partial<Answers>;
}
