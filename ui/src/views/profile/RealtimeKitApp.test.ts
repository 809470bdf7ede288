import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import App from "../../App.svelte";
import type { AppInUseDto, AppsDto, PresetsDto } from "../../ipc/client";
import { oneApp, severalApps } from "../../ipc/mock/scenario";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { preloadViews } from "../../views";
import Connect from "./Connect.svelte";
import RealtimeKitApp from "./RealtimeKitApp.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), note: vi.fn(), undoable: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const DOJO = oneApp.in_use as AppInUseDto;
const HARBOUR = "11111111-1111-4111-8111-111111111111";

/** The card of an account in this state. */
async function show(apps: AppsDto, answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk("live", { apps_get: () => apps, ...answers });
  render(RealtimeKitApp);
  await screen.findByTestId("app-state");
  return { desk, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

beforeEach(() => {
  for (const toast of Object.values(toasts)) toast.mockReset();
  app.appAsked = false;
});

describe("the RealtimeKit app in Settings", () => {
  it("names the app in use, what it records and where, and what people may do", async () => {
    await show(oneApp);
    expect(screen.getByTestId("app-name")).toHaveTextContent("Dojo");
    expect(screen.getByTestId("app-name")).toHaveTextContent("It was the account’s only app.");
    expect(screen.getByTestId("app-records")).toHaveTextContent("1080p (1920 × 1080), at most 24 hours");
    expect(screen.getByTestId("app-keeps")).toHaveTextContent("RealtimeKit’s own storage for seven days");
    expect(screen.getByTestId("preset-host")).toHaveTextContent("remove others");
    expect(screen.getByTestId("preset-participant")).not.toHaveTextContent("stop the recording");
    expect(screen.queryByTestId("repair-presets")).toBeNull();
    expect(await barriers()).toEqual([]);
  });

  it("asks for a choice among several apps and uses the chosen one", async () => {
    const desk = useDesk("apps");
    const user = userEvent.setup();
    render(RealtimeKitApp);
    expect(await screen.findByTestId("app-choose-first")).toHaveTextContent("Until then no class can be started.");
    expect(screen.getByTestId("app-choose")).toBeDisabled();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByLabelText(/Harbour Dojo classes/));
    await user.click(screen.getByTestId("app-choose"));
    await waitFor(() => expect(screen.getByTestId("app-name")).toHaveTextContent("Harbour Dojo classes"));
    expect(desk.of("app_choose")[0]?.args).toEqual({ appId: HARBOUR, invitationsLapse: false });
    expect(screen.getByTestId("app-name")).toHaveTextContent("Somebody chose it at this desk.");
  });

  it("names the class that keeps the app and changes nothing", async () => {
    const { user } = await show(
      { ...oneApp, apps: severalApps.apps },
      {
        app_choose: () => {
          throw {
            code: "conflict",
            message: "“Kata” is live in the app “Dojo”.",
            next: "End the class, wait until its recording is in Stream, then choose the app.",
          };
        },
      },
    );
    await user.click(screen.getByLabelText(/Harbour Dojo classes/));
    await user.click(screen.getByTestId("app-choose"));
    expect(await screen.findByTestId("app-choose-error")).toHaveTextContent("“Kata” is live");
    expect(screen.getByTestId("app-name")).toHaveTextContent("Dojo");
  });

  it("asks before invitations that were sent stop working", async () => {
    const chosen = { ...DOJO, id: HARBOUR };
    let apps: AppsDto = { ...oneApp, apps: severalApps.apps };
    const { desk, user } = await show(apps, {
      apps_get: () => apps,
      app_choose: ({ invitationsLapse }) => {
        if (invitationsLapse !== true)
          throw { code: "not_confirmed", message: "Invitations lead to rooms: “Judo”.", next: "Confirm the change." };
        apps = { ...apps, in_use: chosen };
        return severalApps.apps[1];
      },
    });
    await user.click(screen.getByLabelText(/Harbour Dojo classes/));
    await user.click(screen.getByTestId("app-choose"));
    expect(await screen.findByText(/Invitations lead to rooms: /)).toBeInTheDocument();
    await user.click(screen.getByTestId("app-lapse-cancel"));
    expect(desk.of("app_choose")).toHaveLength(1);
    await user.click(screen.getByTestId("app-choose"));
    await user.click(await screen.findByTestId("app-lapse"));
    await waitFor(() => expect(desk.of("app_choose").at(-1)?.args).toEqual({ appId: HARBOUR, invitationsLapse: true }));
    await waitFor(() => expect(screen.getByTestId("app-id")).toHaveTextContent(HARBOUR));
  });

  it("says what does not fit and repairs it", async () => {
    const presets: PresetsDto = {
      ...(DOJO.presets as PresetsDto),
      fit: false,
      sentence: "Cloudflare’s presets are used, and they do not fit.",
      in_use: (DOJO.presets as PresetsDto).in_use.map((preset) =>
        preset.role === "host" ? preset : { ...preset, problems: ["may stop the recording"] },
      ),
    };
    let apps: AppsDto = { ...oneApp, in_use: { ...DOJO, presets } };
    const { user } = await show(apps, {
      apps_get: () => apps,
      app_presets_repair: () => {
        apps = oneApp;
        return { made: ["hajime_host", "hajime_participant"], changed: [], presets: DOJO.presets };
      },
    });
    expect(screen.getByTestId("app-state")).toHaveTextContent("presets do not fit");
    expect(screen.getByTestId("preset-participant")).toHaveTextContent("Does not fit: may stop the recording.");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("repair-presets"));
    await waitFor(() => expect(screen.queryByTestId("repair-presets")).toBeNull());
    expect(toasts.done).toHaveBeenCalledWith("Presets repaired", "Made hajime_host and hajime_participant.");
  });

  it("makes an app after a question and offers to use it", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup({ pointerEventsCheck: 0 });
    render(RealtimeKitApp);
    await user.click(await screen.findByTestId("new-app"));
    await user.type(screen.getByTestId("new-app-name"), "Judo{Enter}");
    await user.click(await screen.findByTestId("new-app-confirm-cancel"));
    expect(desk.of("app_create")).toHaveLength(0);
    await user.click(screen.getByTestId("new-app-make"));
    await user.click(await screen.findByTestId("new-app-confirm"));
    await waitFor(() => expect(desk.of("app_create")[0]?.args).toEqual({ name: "Judo" }));
    const made = await screen.findByLabelText(/Judo/);
    expect(made).toBeChecked();
    expect(screen.getByTestId("app-choose")).toBeEnabled();
  });

  it("says when the configuration names the app, or when the account does not have it", async () => {
    const configured: AppInUseDto = {
      ...DOJO,
      choice: "configuration",
      choice_sentence: "CLOUDFLARE_CALLS_APP_ID names it.",
      app: null,
      recording: null,
      presets: null,
    };
    await show({ ...severalApps, in_use: configured });
    expect(screen.getByTestId("app-state")).toHaveTextContent("not in the account");
    expect(screen.getByTestId("app-missing")).toHaveTextContent("CLOUDFLARE_CALLS_APP_ID names it.");
    expect(screen.queryByTestId("other-apps")).toBeNull();
  });
});

describe("an account without a choice", () => {
  it("says so in every view and leads to the card", async () => {
    useDesk("apps");
    await app.desk.refresh();
    app.go("today");
    await preloadViews();
    render(App);
    const user = userEvent.setup({ pointerEventsCheck: 0 });
    const banner = await screen.findByTestId("app-not-chosen");
    expect(banner).toHaveTextContent("none is chosen");
    await user.click(screen.getAllByTestId("error-lead")[0] as HTMLElement);
    expect(await screen.findByTestId("app-choose-first")).toBeInTheDocument();
    await waitFor(() => expect(document.activeElement).toContainElement(screen.getByTestId("app-state")));
    expect(screen.queryByTestId("app-not-chosen")).toBeNull();
  });
});

describe("the choice while connecting", () => {
  it("makes a new app and chooses it", async () => {
    const desk = useDesk("apps");
    const user = userEvent.setup();
    render(Connect, { connected: false });
    await user.type(screen.getByTestId("field-account-id"), "0123456789abcdef0123456789abcdef");
    await user.type(screen.getByTestId("field-api-token"), "secret-token");
    await user.click(screen.getByTestId("check-credentials"));
    await user.click(await screen.findByTestId("app-new"));
    await user.type(screen.getByTestId("app-new-name"), "Judo{Enter}");
    await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
    expect(desk.of("connect_make_app")[0]?.args).toMatchObject({ name: "Judo" });
    expect(screen.getByLabelText(/Judo/)).toBeChecked();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("save-credentials"));
    const made = (desk.of("connect_save")[0]?.args as { form: { app_id: string } }).form.app_id;
    expect(made).toMatch(/^33333333-/);
  });
});
