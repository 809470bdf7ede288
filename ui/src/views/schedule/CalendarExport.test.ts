import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import CalendarExport from "./CalendarExport.svelte";

describe("saving a calendar file", () => {
  it("covers everything, some days or one class, under a name that can be changed", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup();
    const { rerender } = render(CalendarExport, { open: true });
    const dialog = await screen.findByRole("dialog");
    expect(screen.getByTestId<HTMLInputElement>("export-name").value).toMatch(/^Hajime schedule \d{4}-\d{2}-\d{2}$/);
    expect(await barriers(dialog)).toEqual([]);

    await user.click(screen.getByTestId("export-span"));
    expect(screen.getByTestId("export-save")).toBeDisabled();
    await user.type(screen.getByTestId("export-from"), "2026-12-01");
    await user.type(screen.getByTestId("export-to"), "2026-12-31");
    await waitFor(() =>
      expect(screen.getByTestId<HTMLInputElement>("export-name").value).toBe("Classes 2026-12-01 to 2026-12-31"),
    );
    expect(await barriers(dialog)).toEqual([]);
    await user.clear(screen.getByTestId("export-name"));
    await user.type(screen.getByTestId("export-name"), "December");
    await user.click(screen.getByTestId("export-save"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const { covered, name } = desk.of("calendar_save")[0]!.args as { covered: Record<string, string>; name: string };
    expect([covered["covered"], name]).toEqual(["span", "December"]);
    expect(Date.parse(covered["to"]!) - Date.parse(covered["from"]!)).toBe(31 * 86_400_000);

    await rerender({ open: true });
    await user.click(await screen.findByTestId("export-session"));
    expect(screen.getByTestId("export-save")).toBeDisabled();
    const choice = screen.getByTestId("export-class");
    await waitFor(() => expect(choice.querySelectorAll("option").length).toBeGreaterThan(1));
    const option = choice.querySelectorAll("option")[1]!;
    await user.selectOptions(choice, option);
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("export-save"));
    await waitFor(() => expect(desk.of("calendar_save")).toHaveLength(2));
    expect(desk.of("calendar_save")[1]!.args["covered"]).toEqual({ covered: "session", session: option.value });
  });
});
