// The mock's answers to the commands about the account, settings, backups, sandbox and window.
import type { AppDto, AppInUseDto, CheckDto, ConnectForm, PresetsDto } from "../bindings";
import { copyAt, iso, notPublished, offlineError, oneApp } from "./scenario";
import { noDoor, openDoor, pageAt } from "./door";
import { savedAccount } from "./start";
import { fail, MINUTE, type Answers, type World } from "./world";
import { windows } from "./windows";

function checksFor(form: ConnectForm, mustChoose: boolean): CheckDto[] {
  const good = form.api_token.length >= 8;
  const labels: [CheckDto["id"], string][] = [
    ["token", "API token"],
    ["realtime", "RealtimeKit"],
    ["stream", "Stream"],
    ["app", "App"],
    ["presets", "Presets"],
    ["workers", "Workers Scripts"],
    ["clock", "Clock"],
  ];
  return labels.map(([id, label]) => {
    if (id === "app" && mustChoose) {
      return {
        id,
        label,
        state: "failed",
        message: "The account has 3 RealtimeKit apps.",
        next: "Choose the one to use.",
      };
    }
    if (good) return { id, label, state: "passed", message: `${label} is fine.`, next: null };
    if (id !== "token") return { id, label, state: "skipped", message: "Not looked at.", next: null };
    return {
      id,
      label,
      state: "failed",
      message: "Cloudflare does not know this API token.",
      next: "Make a new one in the Cloudflare dashboard and paste it here.",
    };
  });
}

export function profile(world: World) {
  const { scenario, store, copies, listed, shut, open } = world;
  const refuseWhileShut = () => {
    const error = shut();
    if (error) throw error;
  };
  const madeApp = (name: string): AppDto => {
    if (store.apps.apps.some((one) => one.name === name))
      fail(
        "conflict",
        `The account has an app “${name}” already.`,
        "Choose that app, or give the new one another name.",
      );
    const app = {
      id: `33333333-3333-4333-8333-${world.nextNumber().toString().padStart(12, "0")}`,
      name,
      created_at: iso(Date.now()),
    };
    store.apps = { ...store.apps, apps: [...store.apps.apps, app] };
    return app;
  };
  const restored = () => {
    open();
    return { kept: "/home/you/.local/share/hajime/hajime-damaged-2026-11-22T18.00.00Z.db" };
  };

  return {
    desk_status: () => {
      refuseWhileShut();
      const total = listed().length;
      const alerts_open = scenario === "empty" ? 0 : 1;
      const storage_share = total === 0 ? null : scenario === "failures" ? 1 : 0.81;
      const counts = { recordings_total: total, live_count: store.live.length };
      return { ...store.desk, ...counts, alerts_open, storage_share };
    },
    connect_verify: ({ form }) => {
      const { apps } = store.apps;
      const [first, ...more] = apps;
      const app_id = form.app_id ?? (more.length === 0 ? (first?.id ?? null) : null);
      const checks = checksFor(form, app_id === null && apps.length > 1);
      return {
        checks,
        can_save: checks.every((check) => check.state === "passed"),
        apps: checks[0]?.state === "passed" ? apps : [],
        app_id,
        keyring: store.desk.keyring,
        address: null,
      };
    },
    connect_save: ({ form }) => {
      open();
      const app_name = "Dojo";
      store.desk = {
        ...store.desk,
        mode: "cloud",
        account_id: form.account_id,
        app_name,
        credentials_from: "keyring",
      };
      return store.desk;
    },
    connect_make_app: ({ name }) => madeApp(name),
    connect_forget: () => {
      open();
      store.desk = {
        ...store.desk,
        mode: "sandbox",
        app_name: "Sandbox",
        credentials_from: "sandbox",
        saved_account: null,
      };
      return store.desk;
    },
    account_open: () => {
      refuseWhileShut();
      return store.desk;
    },
    desk_retry: () => {
      refuseWhileShut();
      return store.desk;
    },
    account_saved: () => savedAccount(scenario),
    sandbox_open: () => {
      open();
      store.desk = { ...store.desk, saved_account: savedAccount(scenario) };
      return store.desk;
    },
    apps_get: () => {
      world.needCloud();
      return store.apps;
    },
    app_choose: ({ appId }) => {
      const app =
        store.apps.apps.find((one) => one.id === appId) ??
        fail("not_found", `Cloudflare has no RealtimeKit app ${appId} in this account.`, "Choose one of the list.");
      const before = store.apps.in_use ?? oneApp.in_use;
      const seen: AppInUseDto = { ...(before as AppInUseDto), id: app.id, app };
      store.apps = {
        ...store.apps,
        in_use: { ...seen, choice: "chosen", choice_sentence: "Somebody chose it at this desk." },
      };
      store.desk = { ...store.desk, app_name: app.name, sync_error: null };
      return app;
    },
    app_create: ({ name }) => madeApp(name),
    app_presets_repair: () => {
      const { in_use } = store.apps;
      const presets: PresetsDto = {
        fit: true,
        sentence: "Hajime’s own presets are used, and they fit.",
        in_use: (in_use?.presets?.in_use ?? []).map((preset) => ({
          ...preset,
          name: `hajime_${preset.role}`,
          problems: [],
        })),
        others: ["group_call_host", "group_call_participant"],
      };
      if (in_use) store.apps = { ...store.apps, in_use: { ...in_use, presets } };
      return { made: ["hajime_host", "hajime_participant"], changed: [], presets };
    },
    settings_get: () => store.settings,
    settings_save: ({ input }) => {
      store.settings = input;
      store.desk = { ...store.desk, invites_local_only: !input.join_page_url };
      return input;
    },
    jobs_list: () => {
      const now = Date.now();
      const job = (name: string, title: string, minutesAgo: number) => ({
        name,
        title,
        last_run: iso(now - minutesAgo * MINUTE),
        next_run: iso(now + MINUTE),
        last_error: null,
        failures_in_a_row: 0,
        rests: null,
      });
      const failed = scenario === "offline" ? { last_error: offlineError, failures_in_a_row: 3 } : {};
      return [
        job("rooms", "Open rooms", 0),
        job("recordings", "Recordings at RealtimeKit", 0),
        job("stream", "Recordings on their way to Stream", 0),
        { ...job("sync", "Comparison with Cloudflare", 11), ...failed },
        job("backup", "Daily backup", 120),
      ];
    },
    join_page_status: () => {
      world.needCloud();
      return store.joinPage;
    },
    join_page_publish: ({ name, hostname }) => {
      world.needCloud();
      if (hostname !== null && !hostname.endsWith("harbourdojo.example")) {
        const message = `${hostname} cannot show the join page.`;
        const next = "Take a name below a domain of this Cloudflare account.";
        fail("invalid_input", message, next, [{ field: "hostname", message, next }]);
      }
      if (name === "taken")
        fail("invalid_input", "The name “taken” cannot be had below workers.dev.", "Choose another name.");
      const address =
        hostname === null ? `https://hajime-join.${name ?? "harbour-dojo"}.workers.dev/` : `https://${hostname}/`;
      store.joinPage = pageAt(address, store.desk.version, iso(Date.now()));
      store.door = openDoor(Date.now(), store.desk.version);
      store.settings = { ...store.settings, join_page_url: address };
      store.desk = { ...store.desk, invites_local_only: false };
      return { address, files: 9, uploaded: 9, door: "published", door_sentence: store.door.sentence };
    },
    join_page_remove: () => {
      store.door = noDoor;
      store.joinPage = { ...notPublished, address: store.joinPage.address, suggested_name: null };
      store.settings = { ...store.settings, join_page_url: null };
      store.desk = { ...store.desk, invites_local_only: true };
      return true;
    },
    join_page_copy: () => true,
    backups_list: () => ({
      folder: "/home/you/.local/share/hajime/backups",
      copies,
      newest_whole: copies[0]?.name ?? null,
      problem: null,
    }),
    backup_make: () => {
      const copy = { ...copyAt(Date.now()), reason: "by_hand" as const };
      copies.unshift(copy);
      return copy;
    },
    backup_save: () => ({ path: "/home/you/Downloads/Hajime 2026-11-22 18.00.db", bytes: 1_240_000 }),
    export_save: () => ({ path: "/home/you/Downloads/Hajime export 2026-11-22 18.00", bytes: 48_000 }),
    backup_preview: ({ name }) => {
      const copy = copies.find((row) => row.name === name);
      if (!copy) return fail("not_found", "That copy is no longer there.", "Open the list again.");
      const now = { sessions: 41, recordings: 128, links: 37, changed_at: iso(Date.now() - 3 * MINUTE) };
      const holds = { ...now, sessions: 39, links: 35, changed_at: copy.made_at };
      const titles = ["Aikido — ukemi", "Kids class"];
      const lost = { sessions: 2, titles, changed_sessions: 1, recordings: 0, links: 2 };
      return { copy, holds, now: shut() ? null : now, lost: shut() ? null : lost };
    },
    backup_restore: restored,
    database_begin_anew: restored,
    rehearsal_get: () => store.rehearsal,
    rehearsal_begin: ({ name }) => {
      const scenarios = store.rehearsal.scenarios.map((row) => (row.name === name ? { ...row, active: true } : row));
      return (store.rehearsal = { ...store.rehearsal, scenarios });
    },
    rehearsal_speed: ({ factor }) => (store.rehearsal = { ...store.rehearsal, speed: factor }),
    rehearsal_fault: () => (store.rehearsal = { ...store.rehearsal, faults: store.rehearsal.faults + 1 }),
    rehearsal_calm: () => {
      const scenarios = store.rehearsal.scenarios.map((row) => ({ ...row, active: false }));
      return (store.rehearsal = { ...store.rehearsal, scenarios, faults: 0 });
    },
    window_zoom: () => null,
    close_asked: () => null,
    close_anyway: () => null,
    ...windows(world),
  } satisfies Partial<Answers>;
}
