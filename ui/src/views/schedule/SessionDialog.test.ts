import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { SessionDraft } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { shownDay } from "../../lib/typed-dates";
import SessionDialog from "./SessionDialog.svelte";
import { session, settings, shell } from "../../test/schedule";
import { addDays, wallClock } from "./zones";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const soon = addDays(wallClock(new Date(), ZONE).day, 30);
const field = (name: string) => screen.getByTestId<HTMLInputElement>(`field-${name}`);
const refused = { code: "conflict", message: "“Karate” has already begun.", next: "Schedule a new session." };

const desk = (over: Parameters<typeof shell>[0] = {}) =>
  shell({
    settings_get: () => settings,
    session_create: ({ input }) => session({ title: (input as SessionDraft).title }),
    session_edit: ({ id, input }) => session({ id: id as string, title: (input as SessionDraft).title }),
    ...over,
  });

async function openNew(open = () => app.openSessionDialog()) {
  const user = userEvent.setup();
  render(SessionDialog);
  open();
  await screen.findByRole("dialog");
  await waitFor(() => expect(field("length").value).toBe("90"));
  return user;
}

async function fill(user: ReturnType<typeof userEvent.setup>, name: string, text: string) {
  await user.clear(field(name));
  await user.type(field(name), text);
}

beforeEach(() => {
  app.closeSessionDialog();
  app.now = new Date();
});

describe("a new session", () => {
  it("opens with the desk's defaults and the focus on the title, without barriers", async () => {
    desk();
    await openNew();
    expect(field("instructor").value).toBe("Sato Jun");
    expect(field("max").value).toBe("25");
    expect(field("record").checked).toBe(false);
    expect(field("quality-1080p").checked).toBe(true);
    expect(field("timezone").value).toContain(ZONE.replaceAll("_", " "));
    expect(field("time").value).toMatch(/:(00|30)$/);
    await waitFor(() => expect(field("title")).toHaveFocus());
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });

  it("starts at the slot chosen in the week", async () => {
    desk();
    await openNew(() => app.openSessionDialogAt({ day: soon, minutes: 1170 }));
    expect([field("date").value, field("time").value]).toEqual([shownDay(soon), "19:30"]);
  });

  it("is saved with what was typed, then the dialog closes", async () => {
    const { calls } = desk();
    const user = await openNew();
    await user.type(field("title"), "  Karate fundamentals ");
    await fill(user, "date", soon);
    await fill(user, "time", "19:00");
    await fill(user, "length", "75");
    await fill(user, "max", "40");
    await user.click(field("record"));
    await user.click(field("quality-480p"));
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls("session_create")).toEqual([
      {
        input: {
          title: "Karate fundamentals",
          instructor: "Sato Jun",
          start_local: `${soon}T19:00`,
          timezone: ZONE,
          duration_minutes: 75,
          record: true,
          quality: "480p",
          max_participants: 40,
        },
      },
    ]);
  });

  it("keeps what was typed before the defaults arrived", async () => {
    let answer: (value: unknown) => void = () => {};
    desk({ settings_get: () => new Promise((resolve) => (answer = resolve)) });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog();
    await screen.findByRole("dialog");
    await fill(user, "instructor", "Yamada Rin");
    answer(settings);
    await waitFor(() => expect(field("max").value).toBe("25"));
    expect(field("instructor").value).toBe("Yamada Rin");
  });

  it("can be filled in when the defaults cannot be read", async () => {
    desk({ settings_get: () => Promise.reject({ code: "database", message: "No settings.", next: "Try again." }) });
    render(SessionDialog);
    app.openSessionDialog();
    expect(await screen.findByText("No settings.")).toBeVisible();
    expect(field("length").value).toBe("60");
  });
});

describe("validation", () => {
  it("shows a problem only after its field was left", async () => {
    desk();
    const user = await openNew();
    await user.clear(field("instructor"));
    expect(screen.queryByText("Enter who teaches this class.")).toBeNull();
    await user.tab();
    expect(await screen.findByText("Enter who teaches this class.")).toBeVisible();
    expect(field("instructor")).toHaveAccessibleDescription("Enter who teaches this class.");
    expect(screen.queryByText(/Enter a whole number/)).toBeNull();
  });

  it("shows every problem on save, focuses the first field and sends nothing", async () => {
    const { calls } = desk();
    const user = await openNew();
    await fill(user, "length", "2000");
    await fill(user, "date", "2020-01-01");
    await user.click(screen.getByTestId("save-session"));
    expect(await screen.findByText(/^Enter a title/)).toBeVisible();
    expect(screen.getByText("This start has passed. Choose a later one.")).toBeVisible();
    expect(screen.getByText("Enter a whole number of minutes from 1 to 1440.")).toBeVisible();
    await waitFor(() => expect(field("title")).toHaveFocus());
    expect(calls("session_create")).toEqual([]);
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });
});

describe("time zones", () => {
  it("are found by name and chosen with Enter, and the start is also shown in the viewer's zone", async () => {
    const { calls } = desk();
    const user = await openNew();
    await user.type(field("title"), "Karate");
    await fill(user, "date", soon);
    await fill(user, "time", "19:00");
    expect(screen.queryByText(/For you:/)).toBeNull();
    await fill(user, "timezone", "Asia/Tokyo");
    await user.keyboard("{Enter}");
    expect(await screen.findByText(/UTC\+09:00 at that time\. For you: .*\d\d:00/)).toBeVisible();
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("session_create")).toHaveLength(1));
    expect(calls("session_create")[0]?.input).toMatchObject({
      timezone: "Asia/Tokyo",
      start_local: `${soon}T19:00`,
    });
  });
});

describe("editing", () => {
  const there = session({ start: `${soon}T10:00:00Z`, timezone: "Asia/Tokyo", quality: "480p", title: "Aikido" });

  async function openEdit() {
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog(there);
    await screen.findByRole("dialog", { name: "Edit class" });
    return user;
  }

  it("keeps every value that is not changed", async () => {
    const { calls } = desk();
    const user = await openEdit();
    expect(field("time").value).toBe("19:00");
    await user.type(field("title"), " for all");
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls("session_edit")).toEqual([
      {
        id: there.id,
        input: {
          title: "Aikido for all",
          instructor: there.instructor,
          start_local: `${soon}T10:00:00Z`,
          timezone: "Asia/Tokyo",
          duration_minutes: 60,
          record: true,
          quality: "480p",
          max_participants: 40,
        },
      },
    ]);
    expect(calls("settings_get")).toEqual([]);
  });

  it("accepts another title for a session whose start has passed", async () => {
    const { calls } = desk();
    const late = session({ start: new Date(Date.now() - 6 * 60_000).toISOString(), title: "Judo" });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog(late);
    await screen.findByRole("dialog", { name: "Edit class" });
    await user.type(field("title"), " for all");
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]?.input).toMatchObject({ title: "Judo for all", start_local: late.start });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("shows a refusal at the top and keeps the form", async () => {
    desk({ session_edit: () => Promise.reject(refused) });
    const user = await openEdit();
    await fill(user, "title", "Aikido, changed");
    await user.click(screen.getByTestId("save-session"));
    const alert = await screen.findByTestId("session-refusal");
    expect(alert).toHaveAttribute("role", "alert");
    expect(alert).toHaveTextContent(refused.message);
    expect(alert).toHaveTextContent(refused.next);
    expect(field("title").value).toBe("Aikido, changed");
    expect(screen.getByRole("dialog", { name: "Edit class" })).toBeVisible();
  });

  it("shows HTML in a title as text", async () => {
    desk();
    const title = `<img src=x onerror="document.title='hit'"><script>1</script>`;
    render(SessionDialog);
    app.openSessionDialog({ ...there, title });
    await screen.findByRole("dialog");
    expect(field("title").value).toBe(title);
    expect(document.querySelector("[role=dialog] img, [role=dialog] script")).toBeNull();
  });
});

describe("the keyboard", () => {
  it("saves with Ctrl+Enter, once", async () => {
    const { calls } = desk();
    const user = await openNew();
    await user.type(field("title"), "Karate");
    await fill(user, "date", soon);
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls("session_create")).toHaveLength(1);
  });

  it("closes with Escape at once when nothing was changed", async () => {
    desk();
    const user = await openNew();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(app.sessionDialog.open).toBe(false);
  });

  it("asks before Escape discards what was typed", async () => {
    desk();
    const user = await openNew();
    await user.type(field("title"), "Karate");
    await user.keyboard("{Escape}");
    const question = await screen.findByRole("alertdialog", { name: "Close without saving?" });
    await user.click(within(question).getByText("Keep editing"));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(field("title").value).toBe("Karate");
    expect(app.sessionDialog.open).toBe(true);

    await user.click(field("title"));
    await user.keyboard("{Escape}");
    const again = await screen.findByRole("alertdialog");
    await user.click(within(again).getByText("Close without saving"));
    await waitFor(() => expect(app.sessionDialog.open).toBe(false));
  });
});
