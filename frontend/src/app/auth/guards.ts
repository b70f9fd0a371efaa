import { inject } from '@angular/core';
import { CanActivateFn, Router } from '@angular/router';
import { Household } from './household';
import { Session } from './session';

/** Pages of a household: signed in, and paired with a node. */
export const paired: CanActivateFn = async (_route, state) => {
  const [session, household, router] = [inject(Session), inject(Household), inject(Router)];
  await session.resume();
  if (!session.signedIn()) return router.createUrlTree(['/'], { queryParams: { returnTo: state.url } });
  return household.pairing() ? true : router.createUrlTree(['/pair']);
};

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
  return session.signedIn() ? router.createUrlTree(['/trading']) : true;
};
