/** Where to go after logging in: a path of this page and nothing else, whatever the address bar says. */
export function safeReturn(wanted: string | undefined): string {
  return wanted && /^\/(?![/\\])/.test(wanted) ? wanted : '/home';
}
