import { inject } from '@angular/core';
import { CanActivateFn, Router, UrlTree } from '@angular/router';
import { Household } from './household';
import { Session } from './session';

const GRID_OPERATOR = 'dso';
const EXCHANGE_OPERATOR = 'operator';
const SEATS: Record<string, string> = { [GRID_OPERATOR]: '/dso', [EXCHANGE_OPERATOR]: '/operator' };

/** Pages of a household: signed in, and paired with a node. */
export const paired: CanActivateFn = async (_route, state) => {
  const [session, household, router] = [inject(Session), inject(Household), inject(Router)];
  await session.resume();
  if (!session.signedIn()) return router.createUrlTree(['/'], { queryParams: { returnTo: state.url } });
  if (household.pairing()) return true;
  return router.createUrlTree([SEATS[session.user()?.role ?? ''] ?? '/pair']);
};

/** The seat of a grid operator's staff; what it may do there the server decides. */
export const gridOperator: CanActivateFn = (_route, state) => seatOf(GRID_OPERATOR, state.url);

/** The console of whoever runs the exchange; what it may do there the server decides. */
export const exchangeOperator: CanActivateFn = (_route, state) => seatOf(EXCHANGE_OPERATOR, state.url);

async function seatOf(role: string, url: string): Promise<boolean | UrlTree> {
  const [session, router] = [inject(Session), inject(Router)];
  await session.resume();
  if (!session.signedIn()) return router.createUrlTree(['/'], { queryParams: { returnTo: url } });
  return session.user()?.role === role || router.createUrlTree(['/home']);
}

/** Pages for anyone who is signed in. */
export const signedIn: CanActivateFn = async (_route, state) => {
  const [session, router] = [inject(Session), inject(Router)];
  await session.resume();
  return session.signedIn() || router.createUrlTree(['/'], { queryParams: { returnTo: state.url } });
};

/** The landing page leads on whoever is signed in already. */
export const signedOut: CanActivateFn = async () => {
  const [session, router] = [inject(Session), inject(Router)];
  await session.resume();
  return session.signedIn() ? router.createUrlTree(['/home']) : true;
};
