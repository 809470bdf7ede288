import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { namesWithoutDirection } from "../../test/names";
import CalendarImport from "./CalendarImport.svelte";

const calendar = new File(["BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"], "dojo.ics", { type: "text/calendar" });

async function open() {
  const user = userEvent.setup();
  render(CalendarImport);
  await user.click(screen.getByTestId("calendar-open"));
  const dialog = await screen.findByRole("dialog");
  return { user, dialog };
}

function choose(dialog: HTMLElement, file: File) {
  const chooser = dialog.querySelector<HTMLInputElement>("input[type=file]")!;
  return fireEvent.change(chooser, { target: { files: [file] } });
}

describe("the import of a calendar", () => {
  it("is shown first, with what is refused and why, and made once it is confirmed", async () => {
    const desk = useDesk("live");
    const { user, dialog } = await open();
    expect(await barriers(dialog)).toEqual([]);
    expect(screen.queryByTestId("calendar-import")).toBeNull();
    await choose(dialog, calendar);
    await waitFor(() =>
      expect(screen.getByTestId("calendar-sum")).toHaveTextContent(
        "Dojo classes 2 new, 1 changed, 4 as they were, 1 refused.",
      ),
    );
    expect(screen.getByTestId("calendar-floating")).toHaveTextContent("1 event has times without a zone.");
    expect(within(screen.getByTestId("calendar-new")).getAllByRole("listitem")).toHaveLength(2);
    expect(screen.getByTestId("calendar-refused")).toHaveTextContent("Line 62. It lasts the whole day");
    expect(await barriers(dialog)).toEqual([]);
    expect(namesWithoutDirection(dialog)).toEqual([]);
    expect(desk.of("calendar_import")).toEqual([]);
    const make = screen.getByTestId("calendar-import");
    expect(make).toHaveTextContent("Import 3 events");
    await user.click(make);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(atob(String(desk.of("calendar_import")[0]?.args["file"]))).toBe(await calendar.text());
  });

  it("of a file that is dropped is shown in the same way", async () => {
    useDesk("live");
    await open();
    await fireEvent.drop(screen.getByTestId("calendar-drop"), { dataTransfer: { files: [calendar] } });
    await waitFor(() => expect(screen.getByTestId("calendar-new")).toHaveTextContent("Karate, beginners"));
  });

  it("of something else is refused with the next step, and another file can be chosen", async () => {
    useDesk("live");
    const { dialog } = await open();
    await choose(dialog, new File(["hello"], "hello.txt"));
    expect(await screen.findByTestId("calendar-error")).toHaveTextContent("The file holds no calendar.");
    expect(screen.queryByTestId("calendar-import")).toBeNull();
    await choose(dialog, calendar);
    expect(await screen.findByTestId("calendar-new")).toBeInTheDocument();
    expect(screen.queryByTestId("calendar-error")).toBeNull();
  });

  it("and the export are commands of the palette", async () => {
    useDesk("live");
    const user = userEvent.setup();
    render(CalendarImport);
    const command = (id: string) => app.commands.find((one) => one.id === id)!;
    for (const [id, name] of [
      ["calendar-import", "Import a calendar"],
      ["calendar-feeds", "Follow calendars"],
      ["calendar-save", "Save a calendar file"],
      ["calendar-places", "Calendars for other programs"],
    ] as const) {
      command(id).run();
      await screen.findByRole("dialog", { name });
      await user.keyboard("{Escape}");
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    }
  });

  it("of a second file that is chosen while the first is read shows the second alone", async () => {
    useDesk("live");
    const { dialog } = await open();
    const slow = new File(["BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"], "slow.ics");
    const sliced = slow.slice();
    let give = () => {};
    const waits = new Promise<void>((resolve) => (give = resolve));
    const real = FileReader.prototype.readAsDataURL;
    FileReader.prototype.readAsDataURL = function (blob: Blob) {
      if (blob === sliced) void waits.then(() => real.call(this, blob));
      else real.call(this, blob);
    };
    slow.slice = () => sliced;
    try {
      await choose(dialog, slow);
      const days = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
      await choose(dialog, new File([days], "days.ics"));
      expect(await screen.findByTestId("calendar-days")).toHaveTextContent("Natal");
      give();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(screen.getByTestId("calendar-sum")).toHaveTextContent("Holidays in Portugal");
      expect(screen.queryByTestId("calendar-new")).toBeNull();
    } finally {
      FileReader.prototype.readAsDataURL = real;
    }
  });

  it("of a calendar of days offers them as holidays", async () => {
    const desk = useDesk("live");
    const { user, dialog } = await open();
    await choose(dialog, new File(["BEGIN:VCALENDAR\r\nDTSTART;VALUE=DATE:20261225\r\n"], "days.ics"));
    const take = await screen.findByTestId("calendar-take-holidays");
    expect(take).toHaveTextContent("Take 1 day as holidays");
    expect(await barriers(dialog)).toEqual([]);
    await user.click(take);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(desk.of("calendar_holidays")).toHaveLength(1);
  });
});
