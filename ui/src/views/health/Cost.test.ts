import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { UsageDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { storageView } from "../../state/health/storage.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { amountOf, typedAmount } from "./amount";
import Cost from "./Cost.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), note: vi.fn(), problem: vi.fn(), undoable: vi.fn(() => vi.fn()) }));
vi.mock("../../state/toasts", () => toasts);

beforeEach(() => {
  vi.clearAllMocks();
  app.now = new Date();
});

describe("the cost", () => {
  it("says what the month costs, that it is an estimate, and by whom", async () => {
    const user = userEvent.setup();
    useDesk("live");
    render(Cost);
    expect(await screen.findByTestId("cost-forecast")).toHaveTextContent(/^\$\d/);
    expect(screen.getByTestId("cost-note")).toHaveTextContent("An estimate.");
    expect(screen.getByTestId("cost-note")).toHaveTextContent("Rooms cost nothing while RealtimeKit is in beta.");
    const table = screen.getByTestId("cost-by");
    expect(within(table).getByText("M. Ito").closest("tr")).toHaveTextContent("41,2005,100$211.10");
    await user.click(screen.getByTestId("cost-tag"));
    expect(within(screen.getByTestId("cost-by")).getByText("kihon")).toBeInTheDocument();
    expect(await barriers()).toEqual([]);
  });

  it("draws the months for screen readers as a table whose last column is their sum", async () => {
    const desk = useDesk("live");
    render(Cost);
    const table = await screen.findByRole("table", { name: "Cost by month" });
    const usage = (await desk.mock.invoke("usage_overview", { months: 12 })) as UsageDto;
    const last = usage.months.at(-1)!;
    const sum = (last.stored + last.watched + last.rooms + last.exports) / 100;
    const rows = within(table).getAllByRole("row");
    expect(rows).toHaveLength(13);
    expect(rows.at(-1)).toHaveTextContent(`estimated for the whole month`);
    expect(rows.at(-1)!.lastElementChild).toHaveTextContent(`$${sum.toFixed(2)}`);
    // What costs nothing in any month has no column.
    expect(within(table).queryByRole("columnheader", { name: "rooms" })).toBeNull();
  });

  it("sets a budget, says that the month is over it, and takes it off", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    render(Cost);
    const field = await screen.findByTestId("budget");
    await user.type(field, "1x");
    expect(screen.getByTestId("budget-save")).toBeDisabled();
    expect(screen.getByText(/Write an amount such as 40/)).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, "100,50");
    await user.click(screen.getByTestId("budget-save"));
    expect(desk.of("budget_set")).toMatchObject([{ args: { cents: 10_050 } }]);
    expect(await screen.findByText("over the budget")).toBeInTheDocument();
    await user.clear(field);
    await user.click(screen.getByTestId("budget-save"));
    expect(desk.of("budget_set")[1]).toMatchObject({ args: { cents: null } });
    await waitFor(() => expect(screen.queryByText("over the budget")).toBeNull());
  });

  it("changes a price from a day on, shows where it comes from, and takes it back", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    render(Cost);
    const prices = await screen.findByTestId("prices");
    expect(prices).toHaveTextContent("Stored minutes: $5.00 for 1,000 minutes stored, a month");
    expect(prices).toHaveTextContent("Cloudflare’s documentation");
    await user.click(screen.getAllByTestId("price-edit")[0]!);
    const amount = await screen.findByTestId("price-amount");
    await waitFor(() => expect(amount).toHaveFocus());
    await user.clear(amount);
    await user.type(amount, "4.25");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("price-save"));
    expect(desk.of("price_set")).toMatchObject([{ args: { name: "stored", cents: 425 } }]);
    await waitFor(() => expect(prices).toHaveTextContent("Stored minutes: $4.25"));
    await waitFor(() => expect(screen.getAllByTestId("price-edit")[0]).toHaveFocus());
    await user.click(await screen.findByTestId("price-reset"));
    await waitFor(() => expect(prices).toHaveTextContent("Stored minutes: $5.00"));
    expect(screen.queryByTestId("price-reset")).toBeNull();
  });

  it("leaves the form of a price with Escape, and the price as it was", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    render(Cost);
    await user.click((await screen.findAllByTestId("price-edit"))[1]!);
    await user.type(await screen.findByTestId("price-amount"), "9{Escape}");
    await waitFor(() => expect(screen.getAllByTestId("price-edit")[1]).toHaveFocus());
    expect(desk.of("price_set")).toEqual([]);
  });

  it("is only a figure with a way to the rest where it is brief", async () => {
    const user = userEvent.setup();
    useDesk("live");
    render(Cost, { brief: true });
    await screen.findByTestId("cost-chart");
    expect(screen.queryByTestId("prices")).toBeNull();
    storageView.tab = "bin";
    await user.click(screen.getByTestId("cost-more"));
    expect([app.view, storageView.tab]).toEqual(["storage", "usage"]);
  });

  it("says why what was watched is not counted, and draws nothing for an empty account", async () => {
    useDesk("offline");
    const { unmount } = render(Cost);
    expect(await screen.findByTestId("cost-problem")).toHaveTextContent("asked again once a day");
    unmount();
    useDesk("empty");
    render(Cost);
    expect(await screen.findByText("Nothing was stored or watched yet.")).toBeInTheDocument();
    expect(screen.queryByTestId("cost-chart")).toBeNull();
    expect(await barriers()).toEqual([]);
  });
});

describe("an amount", () => {
  it.each([
    ["40", 4_000],
    ["$ 40.5", 4_050],
    ["0,0012", 0.12],
    ["1000000", 100_000_000],
  ])("is read from %s", (text, cents) => expect(typedAmount(text)).toBe(cents));

  it.each(["", "-1", "1e3", "4.00001", "1,000.00", "NaN", "1000000.01"])("is not read from %s", (text) =>
    expect(typedAmount(text)).toBeUndefined(),
  );

  it("is written as people write it", () => {
    expect([null, 4_000, 4_050, 0.12].map(amountOf)).toEqual(["", "40", "40.50", "0.0012"]);
  });
});
