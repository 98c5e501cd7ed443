// What a person may be.

export type Role = 'user' | 'admin'
export type UserStatus = 'active' | 'suspended'
