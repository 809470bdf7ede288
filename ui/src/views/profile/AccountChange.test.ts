// When the account changes while Settings is open, no value of one account is shown in or saved to another.
import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import App from "../../App.svelte";
import type { BackupsDto, CopyDto, DeskDto, SettingsDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { storeFor, useDesk } from "../../test/desk";
import { held, idOf } from "../../test/recordings";
import { preloadViews } from "../../views";

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const base = storeFor("empty", Date.now()).desk;
const sandbox: DeskDto = { ...base, mode: "sandbox", credentials_from: "sandbox", saved_account: ACCOUNT };
const cloud: DeskDto = {
  ...sandbox,
  mode: "cloud",
  account_id: ACCOUNT,
  app_name: "Dojo",
  credentials_from: "keyring",
  saved_account: null,
};
const common = {
  default_quality: "720p",
  default_duration_minutes: 60,
  default_max_participants: 50,
  default_record: true,
  auto_end: "off",
  transcripts: true,
  captions: null,
} as const;
const SETTINGS: Record<DeskDto["mode"], SettingsDto> = {
  sandbox: { ...common, instructor: "Sandbox teacher", join_page_url: null },
  cloud: { ...common, instructor: "R. Alves", join_page_url: "https://join.example.org/" },
};
const copyOf = (mode: DeskDto["mode"]): CopyDto => ({
  name: `${mode}.db`,
  made_at: "2026-11-20T18:00:00Z",
  bytes: 1_000_000,
  reason: "daily",
});

/** A window on Settings, over a shell in which each account has its own settings and copies. */
async function open(begin: DeskDto, answers: Parameters<typeof useDesk>[1] = {}) {
  let desk = begin;
  const settings = { ...SETTINGS };
  const shell = useDesk("empty", {
    desk_status: () => desk,
    settings_get: () => settings[desk.mode],
    settings_save: ({ input }) => (settings[desk.mode] = input as SettingsDto),
    backups_list: (): BackupsDto => ({
      folder: `/data/${desk.mode}/backups`,
      copies: [copyOf(desk.mode)],
      newest_whole: null,
      problem: null,
    }),
    connect_save: () => (desk = cloud),
    account_open: () => (desk = cloud),
    connect_forget: () => (desk = sandbox),
    ...answers,
  });
  await app.desk.refresh();
  render(App);
  await waitFor(() => expect(copies()).toEqual([`${begin.mode}.db`]));
  await screen.findByTestId("save-defaults");
  return { shell, settings, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

const instructor = () => screen.getByTestId<HTMLInputElement>("default-instructor");
const joinPage = () => screen.getByTestId<HTMLInputElement>("join-page-url");
const copies = () => screen.queryAllByTestId("backup-copy").map((row) => row.dataset.name);

type User = ReturnType<typeof userEvent.setup>;
async function retype(user: User, field: HTMLInputElement, text: string) {
  await user.clear(field);
  await user.type(field, text);
}

async function connect(user: User) {
  await user.type(screen.getByTestId("field-account-id"), ACCOUNT);
  await user.type(screen.getByTestId("field-api-token"), "secret-token");
  await user.click(screen.getByTestId("check-credentials"));
  await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
  await user.click(screen.getByTestId("save-credentials"));
}

async function forget(user: User) {
  await user.click(screen.getByTestId("forget-credentials"));
  await user.click(await screen.findByTestId("forget-confirm"));
}

// Reading the files of the view may take longer than a test waits for what it shows.
beforeAll(preloadViews);
beforeEach(() => {
  app.view = "settings";
  app.closeRoster();
  app.closeSessionDialog();
  app.connectAsked = false;
  app.selectedRecording = null;
  // The next test starts without an account.
  return () => (app.desk.current = { state: "idle" });
});

describe.each([
  ["connecting an account", sandbox, cloud, connect],
  [
    "opening the account that is connected",
    sandbox,
    cloud,
    (user: User) => user.click(screen.getByTestId("open-account")),
  ],
  ["forgetting the account", cloud, sandbox, forget],
])("after %s", (_how, before, after, change) => {
  it("forms and copies belong to the account that is open", async () => {
    const { shell, user } = await open(before);
    app.selectedRecording = idOf(1);
    await retype(user, instructor(), "Typed before");
    await retype(user, joinPage(), "https://typed.example.org/");
    await change(user);
    const now = SETTINGS[after.mode];
    await waitFor(() => expect(screen.getByTestId("account-id")).toHaveTextContent(after.account_id));
    await waitFor(() => expect(instructor()).toHaveValue(now.instructor));
    expect(joinPage()).toHaveValue(now.join_page_url ?? "");
    await waitFor(() => expect(copies()).toEqual([`${after.mode}.db`]));
    expect(app.selectedRecording).toBeNull();
    expect(screen.getByTestId("save-defaults")).toBeDisabled();
    expect(screen.getByTestId("save-join-page")).toBeDisabled();

    await retype(user, instructor(), "K. Mori");
    await user.click(screen.getByTestId("save-defaults"));
    await waitFor(() => expect(shell.of("settings_save")).toHaveLength(1));
    expect(shell.of("settings_save")[0]?.args.input).toEqual({ ...now, instructor: "K. Mori" });
  });
});

it("forms wait for the settings of the other account", async () => {
  const { shell, user } = await open(sandbox);
  const answer = held<SettingsDto>();
  shell.answers.settings_get = () => answer.promise;
  await user.click(screen.getByTestId("open-account"));
  await waitFor(() => expect(screen.getByTestId("account-id")).toHaveTextContent(ACCOUNT));
  expect(await screen.findByText("Loading your settings…")).toBeVisible();
  expect(screen.queryByTestId("save-defaults")).toBeNull();
  answer.answer(SETTINGS.cloud);
  expect(await screen.findByTestId("default-instructor")).toHaveValue("R. Alves");
});

it("typed text stays when the desk changes but the account does not", async () => {
  const { shell, user } = await open(cloud);
  app.selectedRecording = idOf(1);
  await retype(user, instructor(), "Typed before");
  const asked = shell.of("desk_status").length;
  shell.emit("changed", { topics: ["desk"] });
  await waitFor(() => expect(shell.of("desk_status")).toHaveLength(asked + 1));
  await waitFor(() => expect(app.desk.current.state).toBe("ready"));
  expect(instructor()).toHaveValue("Typed before");
  expect(app.selectedRecording).toBe(idOf(1));
});

it("forms show the restored settings after a restore", async () => {
  const { settings, shell, user } = await open(cloud, {
    backup_preview: () => ({
      copy: copyOf("cloud"),
      holds: { sessions: 1, recordings: 1, links: 1, changed_at: "2026-11-20T18:00:00Z" },
      now: null,
      lost: null,
    }),
  });
  shell.answers.backup_restore = () => {
    settings.cloud = { ...SETTINGS.cloud, instructor: "As it was", join_page_url: null };
    return { kept: "kept.db" };
  };
  await retype(user, instructor(), "Typed before");
  await user.click(screen.getByTestId("restore-copy"));
  await waitFor(() => expect(screen.getByTestId("restore-confirm")).toBeEnabled());
  await user.click(screen.getByTestId("restore-confirm"));
  await waitFor(() => expect(instructor()).toHaveValue("As it was"));
  expect(joinPage()).toHaveValue("");
});
