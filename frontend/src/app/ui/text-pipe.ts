import { Pipe, PipeTransform, inject } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';
import { Language } from './language';

interface Said {
  key: string;
  params: Record<string, unknown> | undefined;
  lang: string;
  text: string;
}

/**
 * One of the page's texts. Not pure: it changes with the language too.
 *
 * Every language is loaded before it is used, so a look suffices where Transloco's own pipe subscribes: a page has hundreds.
 */
@Pipe({ name: 'transloco', pure: false })
export class TextPipe implements PipeTransform {
  private readonly transloco = inject(TranslocoService);
  private readonly language = inject(Language);
  private said?: Said;

  transform(key: string, params?: Record<string, unknown>): string {
    const lang = this.language.current();
    const said = this.said;
    // Angular hands on the same object as long as no parameter changes.
    if (said?.key === key && said.params === params && said.lang === lang) return said.text;
    const text = this.transloco.translate(key, params, lang);
    this.said = { key, params, lang, text };
    return text;
  }
}
