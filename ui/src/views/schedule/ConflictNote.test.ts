import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { ConflictsDto, SessionDraft } from "../../ipc/client";
import { shownDay } from "../../lib/typed-dates";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { session, settings, shell } from "../../test/schedule";
import SessionDialog from "./SessionDialog.svelte";
import { addDays, wallClock } from "./zones";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const day = addDays(wallClock(new Date(), ZONE).day, 30);
const field = (name: string) => screen.getByTestId<HTMLInputElement>(`field-${name}`);
const nothing: ConflictsDto = { conflicts: [], minutes_left: null, minutes_at: null, minutes_unknown: null };

const overlapping: ConflictsDto = {
  ...nothing,
  conflicts: [
    {
      kind: "instructor",
      message: "K. Mori teaches “Aikido” from 19:00 to 19:30. The two classes overlap by 30 minutes.",
      session_id: "other",
      solutions: [
        { label: "Begin at 19:31", start_local: `${day}T19:31`, duration_minutes: null, max_participants: null },
        { label: "End at 18:59", start_local: null, duration_minutes: 29, max_participants: null },
      ],
    },
  ],
};

/** Opens the form for a class at 19:00; `answer` says what speaks against a draft. */
async function openForm(answer: (input: SessionDraft) => ConflictsDto) {
  const asked = shell({
    settings_get: () => settings,
    templates_list: () => [],
    session_conflicts: ({ input }) => answer(input as SessionDraft),
    session_create: ({ input }) => session({ title: (input as SessionDraft).title }),
  });
  const user = userEvent.setup();
  render(SessionDialog);
  app.openSessionDialogAt({ day, minutes: 19 * 60 });
  await waitFor(() => expect(field("length").value).toBe("90"));
  await user.type(field("title"), "Karate");
  return { user, asked };
}

beforeEach(() => {
  app.closeSessionDialog();
  app.now = new Date();
});

describe("what speaks against a class", () => {
  it("is shown and spoken with buttons that solve it, without barriers", async () => {
    const { user } = await openForm((input) => (input.start_local.endsWith("T19:00") ? overlapping : nothing));
    const conflict = await screen.findByTestId("conflict", {}, { timeout: 3000 });
    expect(conflict).toHaveTextContent("K. Mori teaches “Aikido”");
    expect(within(screen.getByTestId("conflicts")).getByRole("status")).toHaveTextContent("overlap by 30 minutes");
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(within(conflict).getByRole("button", { name: "Begin at 19:31" }));
    expect(field("time").value).toMatch(/19:31|7:31/);
    expect(field("date").value).toBe(shownDay(day));
    await waitFor(() => expect(screen.queryByTestId("conflict")).toBeNull(), { timeout: 3000 });
    expect(within(screen.getByTestId("conflicts")).getByRole("status")).toHaveTextContent("Nothing speaks against");
  });

  it("can be kept, and the class is saved as it is", async () => {
    const { user, asked } = await openForm(() => overlapping);
    await screen.findByTestId("conflict", {}, { timeout: 3000 });
    await user.click(screen.getByRole("button", { name: /^Keep it as it is: K. Mori/ }));
    expect(screen.queryByTestId("conflict")).toBeNull();
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(asked.calls("session_create")).toHaveLength(1));
  });

  it("changes the length where that solves it", async () => {
    const { user } = await openForm(() => overlapping);
    await user.click(await screen.findByRole("button", { name: "End at 18:59" }, { timeout: 3000 }));
    expect(field("length").value).toBe("29");
  });

  it("tells how many minutes are left, or why that is not known", async () => {
    const minutes_unknown = "Cloudflare cannot be reached.";
    await openForm((input) => (input.record ? nothing : { ...nothing, minutes_unknown }));
    const unknown = await screen.findByTestId("minutes-unknown", {}, { timeout: 3000 });
    expect(unknown).toHaveTextContent("Cloudflare cannot be reached.");
  });

  it("keeps the form usable when it cannot be looked up", async () => {
    const { user, asked } = await openForm(() => {
      throw { code: "internal", message: "The database cannot be read.", next: "Try again.", fields: [] };
    });
    await screen.findByText(/could not be looked up: The database cannot be read/, {}, { timeout: 3000 });
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(asked.calls("session_create")).toHaveLength(1));
  });
});
