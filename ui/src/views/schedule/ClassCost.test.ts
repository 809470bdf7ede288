import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import ClassCost from "./ClassCost.svelte";

const form = { length: "60", max: "20", quality: "1080p" as const };

it("says in one line what the class is expected to cost, and compares the qualities", async () => {
  const user = userEvent.setup();
  const desk = useDesk("live");
  const { container, rerender } = render(ClassCost, { form });
  const cost = await screen.findByTestId("class-cost");
  expect(cost).toHaveTextContent("This class ≈ $0.00 recorded + 60 of your 4,120 free minutes");
  expect(desk.of("cost_estimate")).toMatchObject([{ args: { minutes: 60, people: 20, quality: "1080p" } }]);
  await user.click(cost.querySelector("summary")!);
  const table = screen.getByTestId("class-cost-qualities");
  expect(within(table).getByRole("rowheader", { name: "1080p, chosen" })).toBeInTheDocument();
  expect(within(table).getAllByRole("row")).toHaveLength(4);
  expect(await barriers(container)).toEqual([]);
  await rerender({ form: { ...form, length: "90" } });
  await waitFor(() => expect(cost).toHaveTextContent("90 of your 4,120 free minutes"));
});

it("asks nothing while the length or the number of people cannot be read", async () => {
  const desk = useDesk("live");
  const { rerender } = render(ClassCost, { form: { ...form, length: "1.5" } });
  await rerender({ form: { ...form, max: "" } });
  await rerender({ form });
  await screen.findByTestId("class-cost");
  expect(desk.of("cost_estimate")).toHaveLength(1);
  await rerender({ form: { ...form, max: "100000" } });
  await waitFor(() => expect(screen.queryByTestId("class-cost")).toBeNull());
});

it("warns where the storage has no room for it, and a refusal shows nothing", async () => {
  const desk = useDesk("live");
  const known = (await desk.mock.invoke("cost_estimate", { minutes: 60, people: 1, quality: "720p" })) as object;
  desk.answers["cost_estimate"] = () => ({ ...known, fits: false, minutes_left: -20 });
  const { rerender } = render(ClassCost, { form });
  expect(await screen.findByTestId("class-cost-full")).toHaveTextContent("no room for it");
  expect(screen.getByTestId("class-cost")).toHaveTextContent("60 of your 0 free minutes");
  desk.answers["cost_estimate"] = () => {
    throw { code: "database", message: "The database cannot be read.", next: "Try again." };
  };
  await rerender({ form: { ...form, length: "61" } });
  await waitFor(() => expect(screen.queryByTestId("class-cost")).toBeNull());
});
