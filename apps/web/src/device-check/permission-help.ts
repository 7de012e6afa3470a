/** Where somebody goes who once said no, step by step. Browsers do not ask a second time. */
export function permissionHelp(userAgent: string): readonly string[] {
  const reload = 'Come back to this page and reload it.';
  // The order matters: nearly every browser claims to be Safari, and many to be Chrome.
  if (/iPhone|iPad/.test(userAgent)) {
    return [
      'Tap the page menu (aA) in the address bar.',
      'Tap Website Settings, and allow camera and microphone.',
      reload,
    ];
  }
  if (/Android/.test(userAgent)) {
    return ['Tap the icon left of the address.', 'Tap Permissions, and allow camera and microphone.', reload];
  }
  if (/Firefox\//.test(userAgent)) {
    return [
      'Click the crossed-out camera or microphone left of the address.',
      'Remove the block with the × beside it.',
      'Reload this page, and choose Allow when it asks.',
    ];
  }
  if (/Edg\/|Chrome\//.test(userAgent)) {
    return ['Click the icon left of the address.', 'Switch Camera and Microphone on.', reload];
  }
  if (/Safari\//.test(userAgent)) {
    return [
      'Open Safari’s menu, then Settings for this website.',
      'Set Camera and Microphone to Allow.',
      reload,
    ];
  }
  return ['Open the settings of your browser for this site.', 'Allow camera and microphone.', reload];
}
