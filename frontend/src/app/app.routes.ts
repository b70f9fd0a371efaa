import { Routes } from '@angular/router';
import { exchangeOperator, gridOperator, paired, signedIn, signedOut } from './auth/guards';

/** The whole site. Titles are keys of the translations. */
export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    title: 'title.landing',
    canActivate: [signedOut],
    loadComponent: () => import('./auth/landing-page').then((m) => m.LandingPage),
  },
  {
    path: 'register',
    title: 'title.register',
    loadComponent: () => import('./auth/register-page').then((m) => m.RegisterPage),
  },
  {
    path: 'confirm',
    title: 'title.confirm',
    loadComponent: () => import('./auth/confirm-page').then((m) => m.ConfirmPage),
  },
  {
    path: 'reset-request',
    title: 'title.reset',
    loadComponent: () => import('./auth/reset-request-page').then((m) => m.ResetRequestPage),
  },
  {
    path: 'reset',
    title: 'title.reset',
    loadComponent: () => import('./auth/reset-page').then((m) => m.ResetPage),
  },
  {
    path: 'pair',
    title: 'title.pair',
    canActivate: [signedIn],
    loadComponent: () => import('./auth/pair-page').then((m) => m.PairPage),
  },
  {
    path: 'home',
    title: 'title.home',
    canActivate: [paired],
    loadComponent: () => import('./home/home-page').then((m) => m.HomePage),
  },
  {
    path: 'trading',
    title: 'title.trading',
    canActivate: [paired],
    loadComponent: () => import('./trading/trading-page').then((m) => m.TradingPage),
  },
  {
    path: 'dashboard',
    title: 'title.dashboard',
    canActivate: [paired],
    loadComponent: () => import('./dashboard/dashboard-page').then((m) => m.DashboardPage),
  },
  {
    path: 'statements',
    title: 'title.statements',
    canActivate: [paired],
    loadComponent: () => import('./statements/statements-page').then((m) => m.StatementsPage),
  },
  {
    path: 'profile',
    title: 'title.profile',
    canActivate: [signedIn],
    loadComponent: () => import('./profile/profile-page').then((m) => m.ProfilePage),
  },
  {
    path: 'dso',
    title: 'title.dso',
    canActivate: [gridOperator],
    loadComponent: () => import('./dso/dso-page').then((m) => m.DsoPage),
  },
  {
    path: 'operator',
    title: 'title.operator',
    canActivate: [exchangeOperator],
    loadComponent: () => import('./operator/operator-page').then((m) => m.OperatorPage),
  },
  {
    path: 'status',
    title: 'title.status',
    canActivate: [signedIn],
    loadComponent: () => import('./status/status-page').then((m) => m.StatusPage),
  },
  {
    path: 'inbox',
    title: 'title.inbox',
    canActivate: [signedIn],
    loadComponent: () => import('./inbox/inbox-page').then((m) => m.InboxPage),
  },
  {
    path: 'neighbours',
    title: 'title.neighbours',
    canActivate: [paired],
    loadComponent: () => import('./neighbours/neighbours-page').then((m) => m.NeighboursPage),
  },
  {
    path: '**',
    title: 'title.not-found',
    loadComponent: () => import('./shell/not-found-page').then((m) => m.NotFoundPage),
  },
];
