import { inject } from '@angular/core';
import { ActivatedRouteSnapshot, CanActivateFn, Router, UrlTree } from '@angular/router';
import { Household } from './household';
import { Session } from './session';

const GRID_OPERATOR = 'dso';
const EXCHANGE_OPERATOR = 'operator';
const SEATS: Record<string, string> = { [GRID_OPERATOR]: '/dso', [EXCHANGE_OPERATOR]: '/operator' };

/** Pages of a household: signed in, and paired with a node. */
export const paired: CanActivateFn = async (route, state) => {
  const [session, household, router] = [inject(Session), inject(Household), inject(Router)];
  fetchMeanwhile(route);
  await session.resume();
  if (!session.signedIn()) return router.createUrlTree(['/'], { queryParams: { returnTo: state.url } });
  if (household.pairing()) return true;
  return router.createUrlTree([SEATS[session.user()?.role ?? ''] ?? '/pair']);
};

/** The seat of a grid operator's staff; what it may do there the server decides. */
export const gridOperator: CanActivateFn = (route, state) => seatOf(GRID_OPERATOR, route, state.url);

/** The console of whoever runs the exchange; what it may do there the server decides. */
export const exchangeOperator: CanActivateFn = (route, state) => seatOf(EXCHANGE_OPERATOR, route, state.url);

async function seatOf(role: string, route: ActivatedRouteSnapshot, url: string): Promise<boolean | UrlTree> {
  const [session, router] = [inject(Session), inject(Router)];
  fetchMeanwhile(route);
  await session.resume();
  if (!session.signedIn()) return router.createUrlTree(['/'], { queryParams: { returnTo: url } });
  return session.user()?.role === role || router.createUrlTree(['/home']);
}

/** Pages for anyone who is signed in. */
export const signedIn: CanActivateFn = async (route, state) => {
  const [session, router] = [inject(Session), inject(Router)];
  fetchMeanwhile(route);
  await session.resume();
  return session.signedIn() || router.createUrlTree(['/'], { queryParams: { returnTo: state.url } });
};

/** Fetches the page's code while it is asked who is there; the router finds it fetched. */
function fetchMeanwhile(route: ActivatedRouteSnapshot): void {
  void Promise.resolve(route.routeConfig?.loadComponent?.()).catch(() => undefined);
}

/** The landing page leads on whoever is signed in already. */
export const signedOut: CanActivateFn = async () => {
  const [session, router] = [inject(Session), inject(Router)];
  await session.resume();
  return session.signedIn() ? router.createUrlTree(['/home']) : true;
};
