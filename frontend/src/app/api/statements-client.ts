import { HttpClient, HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

export interface StatementMonth {
  /** Such as 2026-11. */
  month: string;
  openingUrp: number;
  closingUrp: number;
  /** Null while levies, guarantee and VAT are not booked yet. */
  closedAt: string | null;
}

export interface StatementFigure {
  figure: string;
  energyWh: number;
  amountUrp: number;
  lines: number;
}

export interface Statement extends StatementMonth {
  customerNumber: string;
  figures: StatementFigure[];
  communityDiscountUrp: number;
  savings: { baseline: string; utilityCostUrp: number; costUrp: number; savingsUrp: number } | null;
  dueRp: number;
  reference: string;
}

export interface StatementLine {
  at: string;
  figure: string;
  document: string;
  nodeId: string | null;
  energyWh: number | null;
  amountUrp: number;
}

export interface StatementFile {
  name: string;
  mediaType: string;
  base64: string;
}

@Injectable({ providedIn: 'root' })
export class StatementsClient {
  private readonly http = inject(HttpClient);

  list(nodeId: () => string | undefined): HttpResourceRef<{ items: StatementMonth[] } | undefined> {
    return httpResource<{ items: StatementMonth[] }>(() => {
      const id = nodeId();
      return id && `/api/trading/node/${id}/statements`;
    });
  }

  of(nodeId: () => string | undefined, month: () => string | undefined): HttpResourceRef<Statement | undefined> {
    return httpResource<Statement>(() => {
      const [id, asked] = [nodeId(), month()];
      return id && asked && `/api/trading/node/${id}/statements/${asked}`;
    });
  }

  /** The first lines of a figure; a file has them all. */
  lines(
    nodeId: () => string | undefined,
    month: () => string | undefined,
    figure: () => string | undefined,
  ): HttpResourceRef<{ items: StatementLine[]; next: string | null } | undefined> {
    return httpResource<{ items: StatementLine[]; next: string | null }>(() => {
      const [id, asked, of] = [nodeId(), month(), figure()];
      return id && asked && of
        ? { url: `/api/trading/node/${id}/statements/${asked}/lines`, params: { figure: of } }
        : undefined;
    });
  }

  file(nodeId: string, month: string, file: 'csv' | 'pdf', language: string): Observable<StatementFile> {
    const params: Record<string, string> = file === 'pdf' ? { file, language } : { file };
    return this.http.get<StatementFile>(`/api/trading/node/${nodeId}/statements/${month}/file`, { params });
  }
}
