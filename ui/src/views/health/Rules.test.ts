import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { toast, Toaster } from "svelte-sonner";
import { afterEach, describe, expect, it } from "vitest";
import { api, type AlertRuleDto } from "../../ipc/client";
import { Resource } from "../../state/async.svelte";
import { undoNewest } from "../../state/schedule/undo";
import { barriers } from "../../test/axe";
import { useDesk, type Scenario } from "../../test/desk";
import Rules from "./Rules.svelte";

// A closed dialog gives the pointer back only a moment later.
const user = userEvent.setup({ pointerEventsCheck: 0 });

async function show(scenario: Scenario = "many") {
  const desk = useDesk(scenario);
  const rules = new Resource<AlertRuleDto[]>(() => api.alertRules());
  render(Rules, { rules });
  render(Toaster);
  await rules.refresh();
  await waitFor(() => expect(screen.getAllByTestId("rule").length).toBeGreaterThan(6));
  return desk;
}
const row = (id: string) => screen.getAllByTestId("rule").find((one) => one.dataset.rule === id)!;

afterEach(() => void toast.dismiss());

describe("Rules", () => {
  it("says each rule as a sentence, with who is told and when it last held", async () => {
    await show();
    expect(row("failure_share")).toHaveTextContent("More than 5 % of recordings fail");
    expect(row("failure_share")).toHaveTextContent("Desktop now");
    expect(row("failure_share")).toHaveTextContent("E-mail after 15 min");
    expect(row("failure_share")).toHaveTextContent("never so far");
    expect(row("storage_share")).toHaveTextContent("open now");
    expect(row("storage_share")).toHaveTextContent("again every 3 days");
    expect(
      within(row("key_age")).getByRole("switch", { name: "A signing key is older than 180 days" }),
    ).not.toBeChecked();
    expect(await barriers()).toEqual([]);
  });

  it("switches a rule on", async () => {
    const desk = await show();
    await user.click(within(row("key_age")).getByRole("switch"));
    expect(desk.of("alert_rule_save")[0]?.args).toMatchObject({ rule: { id: "key_age", threshold: 180, is_on: true } });
    await waitFor(() => expect(within(row("key_age")).getByRole("switch")).toBeChecked());
  });

  it("does not let the proof of recording be switched off while a class is live", async () => {
    await show("live");
    expect(within(row("unproven")).getByRole("switch")).toBeDisabled();
    expect(row("unproven")).toHaveTextContent("It cannot be switched off now.");
  });

  it("says who was told by a test", async () => {
    await show();
    await user.click(within(row("failure_share")).getByTestId("rule-test"));
    await waitFor(() =>
      expect(within(row("failure_share")).getByRole("status")).toHaveTextContent(
        /^Told: on the desktop, .*; by e-mail to “2 people”, .*\.$/,
      ),
    );
  });

  it("changes the numbers, shows which of them is refused, and gives the focus back", async () => {
    const desk = await show();
    await user.click(within(row("storage_share")).getByTestId("rule-edit"));
    const dialog = await screen.findByTestId("rule-dialog");
    expect(screen.getByTestId("rule-threshold")).toHaveValue(80);
    expect(screen.getByTestId("rule-closes")).toHaveValue(78);
    expect(screen.getByTestId("rule-way-email")).toBeChecked();
    expect(await barriers(dialog)).toEqual([]);
    await user.clear(screen.getByTestId("rule-closes"));
    await user.type(screen.getByTestId("rule-closes"), "90");
    await user.click(screen.getByTestId("rule-save"));
    expect(await screen.findByText(/It would close before it opens/)).toBeVisible();
    expect(screen.getByTestId("rule-closes")).toHaveAttribute("aria-invalid", "true");
    await user.clear(screen.getByTestId("rule-closes"));
    await user.click(screen.getByTestId("rule-way-slack"));
    await user.clear(screen.getByTestId("rule-after-slack"));
    await user.type(screen.getByTestId("rule-after-slack"), "30");
    await user.click(screen.getByTestId("rule-save"));
    await waitFor(() => expect(screen.queryByTestId("rule-dialog")).toBeNull());
    expect(desk.of("alert_rule_save").at(-1)?.args).toEqual({
      rule: {
        id: "storage_share",
        metric: "storage_share",
        threshold: 80,
        closes_at: null,
        for_minutes: 0,
        clears_after_minutes: 60,
        channels: [
          { channel: "desktop", after_minutes: 0 },
          { channel: "email", after_minutes: 0 },
          { channel: "slack", after_minutes: 30 },
        ],
        repeat_minutes: 4320,
        is_on: true,
      },
    });
    await waitFor(() => expect(within(row("storage_share")).getByTestId("rule-edit")).toHaveFocus());
  });

  it("makes a rule of its own, deletes it, and brings it back", async () => {
    await show();
    await user.click(screen.getByTestId("new-rule"));
    await user.selectOptions(await screen.findByTestId("rule-metric"), "key_age");
    await user.clear(screen.getByTestId("rule-threshold"));
    await user.type(screen.getByTestId("rule-threshold"), "90");
    await user.click(screen.getByTestId("rule-save"));
    const made = await screen.findByText("A signing key is older than 90 days", { selector: "li b" });
    await user.click(within(made.closest("li")!).getByTestId("rule-edit"));
    expect(screen.queryByTestId("rule-reset")).toBeNull();
    await user.click(await screen.findByTestId("rule-delete"));
    await waitFor(() => expect(screen.queryByText(made.textContent!, { selector: "li b" })).toBeNull());
    await undoNewest();
    expect(await screen.findByText("A signing key is older than 90 days", { selector: "li b" })).toBeVisible();
  });

  it("brings the usual numbers back, and the own ones by an undo", async () => {
    const desk = await show();
    await user.click(within(row("late_video")).getByTestId("rule-edit"));
    await user.clear(await screen.findByTestId("rule-threshold"));
    await user.type(screen.getByTestId("rule-threshold"), "25");
    await user.click(screen.getByTestId("rule-save"));
    await waitFor(() => expect(row("late_video")).toHaveTextContent("later than 25 min"));
    await user.click(within(row("late_video")).getByTestId("rule-edit"));
    await user.click(await screen.findByTestId("rule-reset"));
    await waitFor(() => expect(row("late_video")).toHaveTextContent("later than 15 min"));
    expect(desk.of("alert_rule_reset")).toHaveLength(1);
    await undoNewest();
    await waitFor(() => expect(row("late_video")).toHaveTextContent("later than 25 min"));
  });

  it("has no number for what holds or does not", async () => {
    await show();
    await user.click(screen.getByTestId("new-rule"));
    await user.selectOptions(await screen.findByTestId("rule-metric"), "job_failing");
    expect(screen.queryByTestId("rule-threshold")).toBeNull();
    expect(screen.getByTestId("rule-for")).toBeVisible();
  });
});
