"""What people say: received and verified, understood, allowed or not, done once, answered, and kept in the trail."""
