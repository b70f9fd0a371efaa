/**
 * The token of a mailed link, from behind the `#`: there no server and no log ever sees it.
 *
 * It is taken out of the address bar, so that it stays neither in the history nor on a screenshot.
 */
export function takeToken(location: Location, history: History): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) history.replaceState(history.state, '', location.pathname);
  return token;
}
