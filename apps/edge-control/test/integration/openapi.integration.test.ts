import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { openApiDocument } from '../../src/http/doc/openapi.ts';

/** Here, because the validator compiles its schemas, which the Workers' runtime does not allow. */
it('the document of the API is OpenAPI 3.1, and every reference in it leads somewhere', async () => {
  const document = openApiDocument(createApp(), 'https://meet.test');
  const validator = new Validator();
  const text = JSON.stringify(document);
  expect(await validator.validate(JSON.parse(text))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(() => validator.resolveRefs()).not.toThrow();

  const broken = text.replace('"responses"', '"answers"');
  expect(await new Validator().validate(JSON.parse(broken))).toMatchObject({ valid: false });
});
