import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckDto, ConnectForm, ConnectReportDto, DeskDto, SettingsDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { permissionsOf } from "../../test/desk";
import { fakeShell, held } from "../../test/recordings";
import Settings from "./Settings.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const ACCOUNT = "0123456789abcdef0123456789abcdef";

const sandbox: DeskDto = {
  mode: "sandbox",
  role: "admin",
  may: permissionsOf("admin"),
  account_id: "00000000000000000000000000005a9d",
  app_name: "Sandbox",
  keyring: { available: true, message: null },
  signing: "local_key",
  last_sync: null,
  next_check: null,
  sync_error: null,
  local_error: null,
  without_locks: false,
  stopped_job: null,
  invites_local_only: true,
  recordings_total: 0,
  live_count: 0,
  alerts_open: 0,
  version: "1.2.3",
  data_dir: "/home/sensei/.local/share/hajime",
  credentials_from: "sandbox",
  credentials_notes: [],
  saved_account: null,
  locale: null,
  storage_share: null,
};
const cloud: DeskDto = {
  ...sandbox,
  mode: "cloud",
  account_id: ACCOUNT,
  app_name: "Dojo",
  credentials_from: "keyring",
};

const saved: SettingsDto = {
  default_quality: "1080p",
  default_duration_minutes: 60,
  default_max_participants: 50,
  default_record: true,
  instructor: "R. Alves",
  join_page_url: null,
  auto_end: "off",
  transcripts: true,
  captions: null,
};

const check = (
  id: CheckDto["id"],
  state: CheckDto["state"],
  message: string,
  next: string | null = null,
): CheckDto => ({
  id,
  state,
  label: id,
  message,
  next,
});

function report(more: Partial<ConnectReportDto> = {}): ConnectReportDto {
  return {
    checks: [check("token", "passed", "The API token works."), check("stream", "passed", "Stream answers.")],
    can_save: true,
    apps: [{ id: "app-1", name: "Dojo", created_at: null }],
    app_id: "app-1",
    keyring: { available: true, message: null },
    address: null,
    ...more,
  };
}

/** A shell whose desk and settings follow what was saved. */
function shellWith(start: DeskDto, more: Parameters<typeof fakeShell>[0] = {}) {
  let desk = start;
  let settings = saved;
  return fakeShell({
    desk_status: () => desk,
    settings_get: () => settings,
    settings_save: ({ input }: { input: SettingsDto }) => (settings = input),
    connect_verify: () => report(),
    connect_save: () => (desk = cloud),
    connect_forget: () => (desk = sandbox),
    ...more,
  });
}

async function show() {
  await app.desk.refresh();
  render(Settings);
  await screen.findByTestId("save-defaults");
}

async function fill(user: ReturnType<typeof userEvent.setup>) {
  await user.type(screen.getByTestId("field-account-id"), ACCOUNT);
  await user.type(screen.getByTestId("field-api-token"), "secret-token");
}

beforeEach(() => {
  app.connectAsked = false;
  toasts.done.mockReset();
  toasts.problem.mockReset();
});

describe("the account", () => {
  it("names the account, and where its credentials are stored", async () => {
    shellWith(sandbox);
    await show();
    expect(screen.getByTestId("account-mode")).toHaveTextContent("Sandbox");
    expect(screen.getByTestId("account-id")).toHaveTextContent(sandbox.account_id);
    expect(screen.getByTestId("account-credentials")).toHaveTextContent("Sandbox credentials");
    expect(screen.getByTestId("account-signing")).toHaveTextContent("Signed on this computer");
    expect(screen.getByTestId("data-dir")).toHaveTextContent("/home/sensei/.local/share/hajime");
    expect(screen.getByTestId("version")).toHaveTextContent("Version 1.2.3");
    expect(screen.queryByTestId("forget-credentials")).toBeNull();
    expect(await barriers()).toEqual([]);
  });

  it("explains the consequences of a missing keyring", async () => {
    shellWith({
      ...cloud,
      keyring: { available: false, message: "No secret service answers." },
      signing: "token_endpoint",
      credentials_from: "memory",
    });
    await show();
    expect(screen.getByTestId("account-keyring")).toHaveTextContent("No secret service answers.");
    expect(screen.getByTestId("account-credentials")).toHaveTextContent("In memory only, until Hajime is closed");
    expect(screen.getByTestId("account-signing")).toHaveTextContent("Signed by Cloudflare");
  });

  it("offers no way to forget credentials from the environment", async () => {
    shellWith({ ...cloud, credentials_from: "environment" });
    await show();
    expect(screen.getByTestId("account-credentials")).toHaveTextContent("Read from the environment");
    expect(screen.getByTestId("account-credentials")).toHaveTextContent("where they are set, then start Hajime again");
    expect(screen.queryByTestId("forget-credentials")).toBeNull();
  });

  it("forgets the account after asking", async () => {
    // The dialog disables the pointer events of the page during an animation that jsdom does not play.
    const user = userEvent.setup({ pointerEventsCheck: 0 });
    const shell = shellWith(cloud);
    await show();
    await user.click(screen.getByTestId("forget-credentials"));
    await user.click(await screen.findByTestId("forget-confirm-cancel"));
    expect(shell.sent("connect_forget")).toHaveLength(0);
    await user.click(screen.getByTestId("forget-credentials"));
    await user.click(await screen.findByTestId("forget-confirm"));
    await waitFor(() => expect(screen.getByTestId("account-mode")).toHaveTextContent("Sandbox"));
    expect(shell.sent("connect_forget")).toHaveLength(1);
    expect(screen.queryByTestId("forget-credentials")).toBeNull();
  });
});

describe("connecting an account", () => {
  it("names the permissions, hides the token, and saves only checked credentials", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    await show();
    expect(screen.getByText("Account → Realtime → Edit")).toBeInTheDocument();
    expect(screen.getByText("Account → Stream → Edit")).toBeInTheDocument();
    const token = screen.getByTestId("field-api-token");
    expect(token).toHaveAttribute("type", "password");
    expect(token).toHaveAttribute("autocomplete", "off");
    expect(screen.getByTestId("save-credentials")).toBeDisabled();
    expect(screen.getByTestId("save-blocked")).toHaveTextContent("Fill in the account id and the API token first.");
    await fill(user);
    expect(screen.getByTestId("save-credentials")).toBeDisabled();
    expect(screen.getByTestId("save-blocked")).toHaveTextContent("Check the credentials first.");

    await user.click(screen.getByTestId("check-credentials"));
    await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
    expect(screen.getByTestId("check-token")).toHaveTextContent("✓");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("save-credentials"));
    await waitFor(() => expect(screen.getByTestId("account-mode")).toHaveTextContent("Cloudflare"));
    const form: ConnectForm = { account_id: ACCOUNT, api_token: "secret-token", app_id: null };
    expect(shell.sent("connect_verify")).toEqual([{ form }]);
    expect(shell.sent("connect_save")).toEqual([{ form }]);
    expect(token).toHaveValue("");
    expect(toasts.done).toHaveBeenCalledWith("Connected to Dojo", undefined);
  });

  it("shows the failed check with its next step, and does not save", async () => {
    const user = userEvent.setup();
    shellWith(sandbox, {
      connect_verify: () =>
        report({
          can_save: false,
          apps: [],
          checks: [
            check("token", "failed", "Cloudflare does not know this API token.", "Make a new one and paste it here."),
            check("stream", "skipped", "Not looked at."),
          ],
        }),
    });
    await show();
    await fill(user);
    await user.keyboard("{Enter}");
    const failed = await screen.findByTestId("check-token");
    expect(failed).toHaveTextContent("✗");
    expect(failed).toHaveTextContent("Cloudflare does not know this API token.");
    expect(failed).toHaveTextContent("Make a new one and paste it here.");
    expect(screen.getByTestId("check-stream")).toHaveTextContent("–");
    expect(screen.getByTestId("save-credentials")).toBeDisabled();
    expect(screen.getByTestId("save-blocked")).toHaveTextContent("Fix what failed above");
  });

  it("names a missing permission", async () => {
    const user = userEvent.setup();
    shellWith(sandbox, {
      connect_verify: () =>
        report({
          can_save: false,
          checks: [
            check("token", "passed", "The API token works."),
            check("realtime", "failed", "The API token may not use RealtimeKit.", "Add Account → Realtime → Edit."),
          ],
        }),
    });
    await show();
    await fill(user);
    await user.click(screen.getByTestId("check-credentials"));
    expect(await screen.findByTestId("check-realtime")).toHaveTextContent("Add Account → Realtime → Edit.");
    expect(screen.getByTestId("check-token")).toHaveAttribute("data-state", "passed");
  });

  it("drops the report of a check, or a running check, when a field is changed", async () => {
    const user = userEvent.setup();
    const late = held<ConnectReportDto>();
    shellWith(sandbox, { connect_verify: () => late.promise });
    await show();
    await fill(user);
    await user.click(screen.getByTestId("check-credentials"));
    expect(screen.getByTestId("check-credentials")).toHaveTextContent("Checking with Cloudflare…");
    await user.type(screen.getByTestId("field-api-token"), "x");
    late.answer(report());
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(screen.queryByTestId("connect-report")).toBeNull();
    expect(screen.getByTestId("save-credentials")).toBeDisabled();
  });

  it("asks for a choice when the account has several apps", async () => {
    const user = userEvent.setup();
    const apps = [
      { id: "app-1", name: "Dojo", created_at: null },
      { id: "app-2", name: "<b>Other</b>", created_at: null },
    ];
    const shell = shellWith(sandbox, {
      connect_verify: ({ form }: { form: ConnectForm }) =>
        report({ apps, app_id: form.app_id, can_save: form.app_id !== null }),
    });
    await show();
    await fill(user);
    await user.click(screen.getByTestId("check-credentials"));
    await screen.findByTestId("choose-app");
    expect(screen.getByTestId("save-blocked")).toHaveTextContent("Choose the app to use first.");
    await user.click(screen.getByLabelText(/Other/));
    await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
    expect(screen.getByTestId("app-app-2")).toBeChecked();
    await user.click(screen.getByTestId("save-credentials"));
    await waitFor(() => expect(shell.sent("connect_save")).toHaveLength(1));
    expect(shell.sent("connect_save")[0]?.form).toMatchObject({ app_id: "app-2" });
  });

  it("warns that without a keyring the token is kept in memory only", async () => {
    const user = userEvent.setup();
    shellWith(sandbox, {
      connect_verify: () => report({ keyring: { available: false, message: "The keyring is locked." } }),
    });
    await show();
    await fill(user);
    await user.click(screen.getByTestId("check-credentials"));
    expect(await screen.findByTestId("connect-keyring")).toHaveTextContent("The keyring is locked. The API token will");
  });

  it("keeps what was typed when saving is refused", async () => {
    const user = userEvent.setup();
    shellWith(sandbox, {
      connect_save: () => {
        throw { code: "keyring", message: "The keyring refused the token.", next: "Unlock it, then save again." };
      },
    });
    await show();
    await fill(user);
    await user.click(screen.getByTestId("check-credentials"));
    await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
    await user.click(screen.getByTestId("save-credentials"));
    expect(await screen.findByTestId("connect-error")).toHaveTextContent("Unlock it, then save again.");
    expect(screen.getByTestId("field-api-token")).toHaveValue("secret-token");
    expect(screen.getByTestId("save-credentials")).toBeEnabled();
  });

  it("moves the focus to the form when the app asks to connect", async () => {
    shellWith(sandbox);
    app.connectAsked = true;
    await show();
    await waitFor(() => expect(screen.getByTestId("field-account-id")).toHaveFocus());
    expect(app.connectAsked).toBe(false);
  });
});

describe("the defaults and the join page", () => {
  it("saves the defaults and keeps the other settings", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    await show();
    expect(screen.getByTestId("save-defaults")).toBeDisabled();
    await user.click(screen.getByTestId("default-quality-720p"));
    await user.clear(screen.getByTestId("default-length"));
    expect(screen.getByText(/from 1 to 1440/)).toBeInTheDocument();
    expect(screen.getByTestId("save-defaults")).toBeDisabled();
    await user.type(screen.getByTestId("default-length"), "90");
    await user.click(screen.getByTestId("default-record"));
    await user.click(screen.getByTestId("save-defaults"));
    await waitFor(() => expect(shell.sent("settings_save")).toHaveLength(1));
    expect(shell.sent("settings_save")[0]?.input).toEqual({
      ...saved,
      default_quality: "720p",
      default_duration_minutes: 90,
      default_record: false,
    });
    await waitFor(() => expect(screen.getByTestId("save-defaults")).toBeDisabled());
  });

  it("saves at once when live classes end by themselves, and says what that means", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    render(Settings);
    await user.click(await screen.findByTestId("auto-end-when_empty"));
    await waitFor(() => expect(shell.sent("settings_save")).toHaveLength(1));
    expect(shell.sent("settings_save")[0]?.input).toEqual({ ...saved, auto_end: "when_empty" });
    expect(await screen.findByText(/a countdown appears in which you can keep the class open/)).toBeVisible();
  });

  it("saves at once whether transcripts are made", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    render(Settings);
    await user.click(await screen.findByTestId("transcripts"));
    await waitFor(() => expect(shell.sent("settings_save")).toHaveLength(1));
    expect(shell.sent("settings_save")[0]?.input).toEqual({ ...saved, transcripts: false });
  });

  it("saves the last of several quick choices", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    render(Settings);
    await user.click(await screen.findByTestId("auto-end-when_empty"));
    await user.click(screen.getByTestId("auto-end-after_15"));
    await user.click(screen.getByTestId("auto-end-after_30"));
    const sent = () => shell.sent("settings_save").map(({ input }) => (input as SettingsDto).auto_end);
    await waitFor(() => expect(sent().at(-1)).toBe("after_30"));
    await waitFor(() => expect(screen.getByTestId("auto-end-after_30")).toBeChecked());
  });

  it("saves the address of a join page, and removes it again", async () => {
    const user = userEvent.setup();
    const shell = shellWith(sandbox);
    await show();
    const address = screen.getByTestId("join-page-url");
    await user.type(address, "http://join.example.org/");
    expect(screen.getByTestId("save-join-page")).toBeDisabled();
    expect(address).toHaveAttribute("aria-invalid", "true");
    await user.clear(address);
    await user.type(address, "https://join.example.org/");
    await user.click(screen.getByTestId("save-join-page"));
    await waitFor(() => expect(screen.getByTestId("save-join-page")).toBeDisabled());
    await user.clear(address);
    await user.click(screen.getByTestId("save-join-page"));
    await waitFor(() => expect(shell.sent("settings_save")).toHaveLength(2));
    expect(shell.sent("settings_save").map(({ input }) => (input as SettingsDto).join_page_url)).toEqual([
      "https://join.example.org/",
      null,
    ]);
  });

  it("shows why saving was refused and keeps what was typed", async () => {
    const user = userEvent.setup();
    shellWith(sandbox, {
      settings_save: () => {
        throw { code: "database", message: "The settings could not be written.", next: "Free some disk space." };
      },
    });
    await show();
    await user.clear(screen.getByTestId("default-instructor"));
    await user.type(screen.getByTestId("default-instructor"), "K. Mori");
    await user.click(screen.getByTestId("save-defaults"));
    const note = await screen.findByTestId("defaults-error");
    expect(within(note).getByText("Free some disk space.")).toBeInTheDocument();
    expect(screen.getByTestId("default-instructor")).toHaveValue("K. Mori");
  });
});
