import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { DsoClient } from '../api/dso-client';
import { NodesClient } from '../api/nodes-client';
import { Problem, problemOf } from '../api/problem';
import { Household } from '../auth/household';
import { Session } from '../auth/session';
import { SideToggle } from '../auth/side-toggle';
import { Empty } from '../ui/empty';
import { Face } from '../ui/face';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { StrategyEditor } from '../ui/strategy-editor';
import { TextPipe } from '../ui/text-pipe';
import { AssetsCard } from './assets-card';
import { HouseholdCard } from './household-card';
import { KeysCard } from './keys-card';
import { PasswordCard } from './password-card';
import { PayoutCard } from './payout-card';
import { SecondFactorCard } from './second-factor-card';
import { SessionsCard } from './sessions-card';
import { SettingsCard } from './settings-card';
import { SharingCard } from './sharing-card';
import { WebhooksCard } from './webhooks-card';
import { WishesCard } from './wishes-card';

/** My household and my account. */
@Component({
  selector: 'ceex-profile-page',
  imports: [
    AssetsCard,
    Empty,
    Face,
    HouseholdCard,
    Icon,
    KeysCard,
    MatButton,
    PasswordCard,
    PayoutCard,
    ProblemNotice,
    RouterLink,
    SecondFactorCard,
    SessionsCard,
    SettingsCard,
    SharingCard,
    SideToggle,
    StrategyEditor,
    TextPipe,
    WebhooksCard,
    WishesCard,
  ],
  templateUrl: './profile-page.html',
  styleUrl: './profile-page.scss',
})
export class ProfilePage {
  protected readonly session = inject(Session);
  protected readonly household = inject(Household);
  private readonly router = inject(Router);
  protected readonly node = inject(NodesClient).of(this.household.nodeId);
  protected readonly dsos = inject(DsoClient).all();
  protected readonly dso = computed(() => {
    const dsoId = this.household.pairing()?.dsoId;
    return this.dsos.hasValue() ? this.dsos.value().items.find((dso) => dso.dsoId === dsoId) : undefined;
  });
  protected readonly problem = signal<Problem | undefined>(undefined);

  protected async logOut(): Promise<void> {
    try {
      await this.session.logOut();
      await this.router.navigateByUrl('/');
    } catch (error) {
      this.problem.set(problemOf(error));
    }
  }

  protected async afterUnpairing(): Promise<void> {
    await this.session.reloadUser();
    await this.router.navigateByUrl('/pair');
  }
}
