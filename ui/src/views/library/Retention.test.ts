import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { barriers } from "../../test/axe";
import { fakeShell, idOf } from "../../test/recordings";
import Retention from "./Retention.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), note: vi.fn(), problem: vi.fn(), undoable: vi.fn(() => vi.fn()) }));
vi.mock("../../state/toasts", () => toasts);

const CHANGE = {
  id: idOf(1),
  title: "Class 1",
  recorded_at: "2026-11-01T10:00:00Z",
  duration_seconds: 3600,
  from: null,
  to: "2027-11-01T10:00:00Z",
  rule: null,
};

function shell() {
  return fakeShell({
    retention_get: () => ({ rules: [{ kind: "tag", value: "exam", days: null }], others_days: 365 }),
    retention_series: () => [{ id: "series-1", name: "Karate, every Tuesday" }],
    retention_save: ({ rules }: { rules: unknown }) => rules,
    retention_preview: () => ({ name: "trial-1", changes: [CHANGE], unchanged: 3, kept: 1, too_old: 0, unknown: 0 }),
    retention_apply: () => ({ changed: 1, change: "change-1" }),
  });
}

describe("the rules of how long recordings are kept", () => {
  beforeEach(() => vi.clearAllMocks());

  it("are shown, tried and applied exactly as they were tried", async () => {
    const user = userEvent.setup();
    const sent = shell();
    render(Retention);
    expect(await screen.findByTestId("retention-rule")).toHaveTextContent("Tagged “exam”: keep forever");
    await user.click(screen.getByTestId("retention-try"));
    expect(await screen.findByTestId("retention-trial")).toHaveTextContent("1 recording would get another date.");
    expect(screen.getByTestId("retention-trial")).toHaveTextContent("somebody keeps them forever");
    expect(sent.sent("retention_apply")).toEqual([]);
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("retention-apply"));
    await waitFor(() => expect(sent.sent("retention_apply")).toEqual([{ trial: "trial-1" }]));
    expect(sent.sent("retention_save")).toEqual([]);
    expect(toasts.undoable).toHaveBeenCalledWith("Rules applied", "1 recording", expect.any(Function));
  });

  it("name a series by a choice, not by its id", async () => {
    const user = userEvent.setup();
    const sent = shell();
    render(Retention);
    await user.click(await screen.findByTestId("retention-add"));
    await waitFor(() => expect(screen.getByTestId("retention-kind")).toHaveFocus());
    await user.selectOptions(screen.getByTestId("retention-kind"), "series");
    expect(screen.getByTestId("retention-save")).toBeDisabled();
    await user.selectOptions(screen.getByTestId("retention-series"), "Karate, every Tuesday");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("retention-save"));
    const rules = [
      { kind: "tag", value: "exam", days: null },
      { kind: "series", value: "series-1", days: null },
    ];
    await waitFor(() => expect(sent.sent("retention_save")).toEqual([{ rules: { rules, others_days: 365 } }]));
  });

  it("are edited as sentences, discarded, and removed, and the focus stays", async () => {
    const user = userEvent.setup();
    shell();
    render(Retention);
    await user.click(await screen.findByTestId("retention-edit"));
    await user.clear(screen.getByTestId("retention-value"));
    await user.type(screen.getByTestId("retention-value"), "kids");
    expect(screen.getByTestId("retention-rule")).toHaveTextContent("not saved");
    await user.click(screen.getByRole("button", { name: "Close rule 1" }));
    expect(screen.getByTestId("retention-rule")).toHaveTextContent("Tagged “kids”: keep forever");
    expect(screen.getByTestId("retention-edit")).toHaveFocus();
    await user.click(screen.getByTestId("retention-discard"));
    expect(screen.getByTestId("retention-rule")).toHaveTextContent("Tagged “exam”: keep forever");
    await user.click(screen.getByTestId("retention-edit"));
    await user.click(screen.getByTestId("retention-remove"));
    expect(screen.queryByTestId("retention-rule")).toBeNull();
    expect(screen.getByRole("list", { name: "Rules" })).toHaveFocus();
    expect(await barriers()).toEqual([]);
  });

  it("are not tried or saved with days that Cloudflare does not take, and a trial of other rules goes away", async () => {
    const user = userEvent.setup();
    shell();
    render(Retention);
    await user.click(await screen.findByTestId("retention-edit-others"));
    const days = screen.getByTestId("retention-others-days");
    await user.click(screen.getByTestId("retention-try"));
    await screen.findByTestId("retention-trial");
    await user.clear(days);
    await user.type(days, "29");
    await waitFor(() => expect(screen.queryByTestId("retention-trial")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("retention-try")).toBeDisabled());
    expect(screen.getByTestId("retention-save")).toBeDisabled();
    expect(screen.getByRole("alert")).toHaveTextContent("from 30 to 1,096 days");
  });
});
