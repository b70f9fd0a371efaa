/** Does something while no other tab of this browser does it; without Web Locks it is simply done. */
export async function alone<T>(name: string, deed: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return deed();
  let answer: { value: T } | undefined;
  await navigator.locks.request(name, async () => {
    answer = { value: await deed() };
  });
  return (answer as { value: T }).value;
}
