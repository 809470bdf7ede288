import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { toast } from "svelte-sonner";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, type AlertsDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { Resource } from "../../state/async.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import Alerts from "./Alerts.svelte";
import { minutesInWords, openFor, openFromTo, toldWords } from "./words";

const user = userEvent.setup();

async function show() {
  const alerts = new Resource<AlertsDto>(() => api.alertsList());
  render(Alerts, { alerts });
  await alerts.refresh();
}

beforeEach(() => {
  app.now = new Date();
  app.view = "health";
  app.selectedRecording = null;
});
afterEach(() => void toast.dismiss());

describe("Alerts", () => {
  it("says what is wrong since when, who was told, when it closes and what was held back", async () => {
    useDesk("offline");
    await show();
    const alert = await screen.findByTestId("alert-open");
    expect(alert).toHaveTextContent("No network");
    expect(alert).toHaveTextContent("urgent, for 11 min");
    expect(alert).toHaveTextContent("Check the network of this computer.");
    expect(alert).toHaveTextContent(
      /Told on the desktop, (today|yesterday), .*closes by itself when Cloudflare answers again/,
    );
    expect(alert).toHaveTextContent("31 messages that followed from it were held back.");
    expect(alert).toHaveTextContent("What it is about: 50");
    expect(alert).toHaveTextContent("and 49 more");
    expect(screen.getAllByTestId("alert-closed")).toHaveLength(3);
    expect(await barriers()).toEqual([]);
  });

  it("leads to what it is about", async () => {
    useDesk("offline");
    await show();
    await user.click(within(await screen.findByTestId("alert-open")).getByText(/What it is about/));
    await user.click(screen.getByTestId("affected"));
    expect(app.view).toBe("recordings");
    expect(app.selectedRecording).not.toBeNull();
  });

  it("leads to the place where it is put right, where the window has that place", async () => {
    useDesk("live");
    await show();
    await screen.findByTestId("alert-open");
    expect(screen.queryByTestId("alert-way")).toBeNull();
    const run = vi.fn();
    const stop = app.registerCommand({ id: "go-storage", title: "Go to Storage", keys: "ctrl+9", run });
    await user.click(await screen.findByTestId("alert-way"));
    expect(run).toHaveBeenCalledTimes(1);
    stop();
  });

  it("acknowledges, and gives the focus to the title because the button goes", async () => {
    const desk = useDesk("live");
    await show();
    await user.click(await screen.findByTestId("acknowledge"));
    expect(desk.of("alert_acknowledge")).toHaveLength(1);
    expect(await screen.findByTestId("alert-quiet")).toHaveTextContent("so it is not repeated");
    expect(screen.queryByTestId("acknowledge")).toBeNull();
    await waitFor(() => expect(screen.getByRole("heading", { name: /Storage is over/ })).toHaveFocus());
  });

  it("snoozes for a while, and unmutes", async () => {
    const desk = useDesk("live");
    await show();
    await user.click(await screen.findByTestId("snooze"));
    await user.click(await screen.findByTestId("snooze-480"));
    expect(desk.of("alert_snooze")[0]?.args).toMatchObject({ minutes: 480 });
    expect(await screen.findByTestId("alert-quiet")).toHaveTextContent("Snoozed until");
    await user.click(await screen.findByTestId("unsnooze"));
    await waitFor(() => expect(screen.queryByTestId("alert-quiet")).toBeNull());
  });

  it("is snoozed until it closes by acknowledging it", async () => {
    const desk = useDesk("live");
    await show();
    await user.click(await screen.findByTestId("snooze"));
    await user.click(await screen.findByTestId("snooze-closed"));
    await waitFor(() => expect(desk.of("alert_acknowledge")).toHaveLength(1));
  });

  it("says that nothing is open", async () => {
    useDesk("empty");
    await show();
    expect(await screen.findByTestId("no-alerts")).toHaveTextContent("Nothing is open.");
  });

  it("shows why there is no list", async () => {
    useDesk("live", {
      alerts_list: () => {
        throw { code: "database", message: "The database is busy.", next: "Try again." };
      },
    });
    await show();
    expect(await screen.findByTestId("alerts-error")).toHaveTextContent("The database is busy.");
  });
});

describe("the words", () => {
  const now = new Date("2026-11-22T18:00:00Z");

  it("of times", () => {
    expect([30, 60, 90, 1440, 4320].map(minutesInWords)).toEqual(["30 min", "1 h", "90 min", "1 day", "3 days"]);
    expect(openFor({ since: "2026-11-22T17:59:50Z" }, now)).toBe("just now");
    expect(openFor({ since: "2026-11-21T12:00:00Z" }, now)).toBe("for 30 h");
    expect(openFor({ since: "2026-10-29T18:00:00Z" }, now)).toBe("for 24 days");
    // A clock that was set back.
    expect(openFor({ since: "2026-11-23T18:00:00Z" }, now)).toBe("just now");
    expect(openFromTo({ since: "2026-11-21T12:20:00Z", until: "2026-11-21T12:21:00Z" }, now)).toBe(
      "Yesterday, 13:20 – 13:21",
    );
    expect(openFromTo({ since: "2026-11-19T12:20:00Z", until: "2026-11-22T12:21:00Z" }, now)).toBe(
      "Thu 19 Nov – today",
    );
  });

  it("of what was told, and of what was not", () => {
    const told = { channel: "email" as const, to: "T. Berg", at: "2026-11-22T12:00:00Z", state: "accepted" };
    expect(toldWords(told, now)).toBe("by e-mail to “T. Berg”, today, 13:00");
    expect(toldWords({ ...told, at: null, state: "not set up" }, now)).toBe("by e-mail to “T. Berg”: not set up");
    expect(toldWords({ ...told, channel: "desktop", to: "" }, now)).toBe("on the desktop, today, 13:00");
  });
});
